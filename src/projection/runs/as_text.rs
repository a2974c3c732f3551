//! Sets of entries as their texts.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

use crate::entry::Ranges;

pub(crate) fn serialize<S: Serializer>(sets: &[Ranges], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(sets.iter().map(ToString::to_string))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Ranges>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}
