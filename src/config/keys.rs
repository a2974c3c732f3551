//! Which keys the configuration has, and of what kind each is.
//!
//! Nobody writes the list down: serde is asked. An [`Explorer`] plays a file in
//! which every key stands, and notes what each struct asks it for. So the names
//! in errors, in the environment and in the manual are those of the structs.

use std::cell::RefCell;

use serde::de::value::Error;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text or a path.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Decimal,
    /// `true` or `false`.
    Switch,
    /// A list of texts.
    List,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// One key of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its sections and its name, `["server", "hooks"]`.
    pub path: Vec<&'static str>,
    /// What it takes.
    pub kind: Kind,
}

impl Key {
    /// The name in the file: `server.hooks`.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// The name in the environment: `MUNIMENT_SERVER__HOOKS`.
    pub fn variable(&self) -> String {
        format!("MUNIMENT_{}", self.path.join("__").to_uppercase())
    }
}

impl Kind {
    /// Says what is expected, for an error.
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::Decimal => "a number".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::List => "a list of texts (in the environment: separated by commas)".to_owned(),
            Self::Words(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// Every key that `T` reads, in the order of its fields.
pub(super) fn of<T: serde::de::DeserializeOwned>() -> Vec<Key> {
    let found = RefCell::default();
    T::deserialize(Explorer { path: vec![], found: &found })
        .map(drop)
        .expect("every field of the configuration takes the explorer's values");
    found.into_inner()
}

struct Explorer<'a> {
    path: Vec<&'static str>,
    found: &'a RefCell<Vec<Key>>,
}

impl Explorer<'_> {
    fn note(self, kind: Kind) {
        self.found.borrow_mut().push(Key { path: self.path, kind });
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.note(Kind::Whole);
            visitor.visit_u8(1)
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.note(Kind::Text);
            visitor.visit_str("")
        }
    )*};
}

impl<'de> Deserializer<'de> for Explorer<'_> {
    type Error = Error;

    whole_numbers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }

    texts! { deserialize_any deserialize_str deserialize_string deserialize_char }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note(Kind::Switch);
        visitor.visit_bool(false)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note(Kind::Decimal);
        visitor.visit_f64(1.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note(Kind::List);
        visitor.visit_seq(serde::de::value::SeqDeserializer::new(std::iter::empty::<u8>()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.note(Kind::Words(words));
        visitor.visit_enum(words.first().copied().unwrap_or_default().into_deserializer())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { explorer: self, names: fields.iter(), name: "" })
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

/// The fields of one struct, all of them present.
struct Fields<'a> {
    explorer: Explorer<'a>,
    names: std::slice::Iter<'static, &'static str>,
    name: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.name = name;
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let mut path = self.explorer.path.clone();
        path.push(self.name);
        seed.deserialize(Explorer { path, found: self.explorer.found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[derive(Default)]
    struct Tree {
        pot: Pot,
        lid: Option<bool>,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Pot {
        litres_max: u32,
        herbs: Vec<String>,
        path: Option<std::path::PathBuf>,
        mood: Mood,
    }

    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "snake_case")]
    enum Mood {
        #[default]
        Calm,
        OnFire,
    }

    #[test]
    fn every_field_is_found_with_its_kind() {
        let keys = of::<Tree>();
        let found: Vec<_> = keys.iter().map(|key| (key.name(), key.kind)).collect();
        assert_eq!(
            found,
            [
                ("pot.litres_max".to_owned(), Kind::Whole),
                ("pot.herbs".to_owned(), Kind::List),
                ("pot.path".to_owned(), Kind::Text),
                ("pot.mood".to_owned(), Kind::Words(&["calm", "on_fire"])),
                ("lid".to_owned(), Kind::Switch),
            ]
        );
        assert_eq!(keys[0].variable(), "MUNIMENT_POT__LITRES_MAX");
    }
}
