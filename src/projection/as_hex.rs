//! Lists of bytes as hexadecimal digits.

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

pub(super) fn serialize<S: Serializer, const BYTES: usize>(
    names: &[[u8; BYTES]],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let texts: Vec<String> = names.iter().map(hex::encode).collect();
    texts.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, const BYTES: usize>(
    deserializer: D,
) -> Result<Vec<[u8; BYTES]>, D::Error> {
    let read = |text: String| {
        let mut bytes = [0; BYTES];
        hex::decode_to_slice(text, &mut bytes).map(|()| bytes)
    };
    let texts = Vec::<String>::deserialize(deserializer)?;
    let names: Result<_, _> = texts.into_iter().map(read).collect();
    names.map_err(serde::de::Error::custom)
}
