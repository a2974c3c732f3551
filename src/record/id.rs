//! The name of a record: 16 bytes, of them 10 random.
//!
//! It says nothing about what the record holds, so that it may stand in a
//! leaf, a trace and an address.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A record's id: 6 bytes of the time, 10 random ones; 32 lower-case hex digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

/// A text that is not a record id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record id is 32 lower-case hexadecimal digits")]
pub struct BadRecordId;

impl RecordId {
    /// Makes the id of a new record: the low 48 bits of the milliseconds since 1970,
    /// big-endian, and bytes that the caller drew at random.
    pub const fn new(milliseconds: i64, random: [u8; 10]) -> Self {
        let [_, _, t0, t1, t2, t3, t4, t5] = milliseconds.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
        Self([t0, t1, t2, t3, t4, t5, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9])
    }

    /// Takes the 16 bytes of an id.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as they stand in a row key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

impl FromStr for RecordId {
    type Err = BadRecordId;

    fn from_str(text: &str) -> Result<Self, BadRecordId> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadRecordId);
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadRecordId)?;
        Ok(Self(bytes))
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 32];
        hex::encode_to_slice(self.0, &mut text).expect("16 bytes are 32 digits");
        serializer.serialize_str(std::str::from_utf8(&text).expect("hex is ASCII"))
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Digits<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);
        Digits::deserialize(deserializer)?.0.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = RecordId::from_bytes(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<RecordId>(&format!("\"{id}\"")).unwrap(), id);
    }

    #[test]
    fn a_new_id_begins_with_its_time_so_that_later_ones_stand_behind() {
        let id = RecordId::new(0x0102_0304_0506, [0xff; 10]);
        assert_eq!(id.to_string(), format!("010203040506{}", "ff".repeat(10)));
        assert!(id < RecordId::new(0x0102_0304_0507, [0; 10]));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "00", "zz", &"0".repeat(31), &"0".repeat(33), &"A".repeat(32)] {
            assert_eq!(text.parse::<RecordId>(), Err(BadRecordId), "{text}");
        }
    }
}
