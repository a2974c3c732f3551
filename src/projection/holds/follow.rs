//! Whom and what a hold follows beyond the names that it was placed with.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::Mark;

/// Other identifiers of the parties, other names of the conversations, of a hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Marks of identifiers, each as 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "as_hex")]
    pub parties: Vec<[u8; 8]>,
    /// Ids of conversations, each as 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "as_hex")]
    pub threads: Vec<[u8; 16]>,
}

impl Followed {
    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.threads.is_empty()
    }

    /// The identifiers, as records' facts name them.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        self.parties.iter().map(|bytes| Mark(u64::from_be_bytes(*bytes)))
    }

    /// Takes more.
    pub fn extend(&mut self, also: &Self) {
        self.parties.extend(&also.parties);
        self.threads.extend(&also.threads);
    }
}

/// Lists of bytes as hexadecimal digits.
mod as_hex {
    use super::{Deserialize as _, Deserializer, Serialize as _, Serializer};

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
}
