//! The names of conversations that tags and events name.
//!
//! The index names a conversation after the first record of it. When that is gone, an index
//! that is made anew names it otherwise, so that its other names are written down while
//! records show them: what was said of a conversation by one name is said of it by all.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Refused, as_hex};

/// The most names in one decision.
pub const NAMES_MAX: usize = 10_000;

/// Names of one conversation, as records showed them together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedAct {
    /// Ids of conversations, each as 32 hexadecimal digits.
    #[serde(with = "as_hex")]
    pub names: Vec<[u8; 16]>,
}

impl NamedAct {
    /// Whether it is well formed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Refused> {
        match self.names.len() {
            0 | 1 => Err(Refused("`names` lists two names or more".to_owned())),
            2..=NAMES_MAX => Ok(()),
            _ => Err(Refused(format!("`names` lists at most {NAMES_MAX}"))),
        }
    }
}

/// Which names are of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<[u8; 16], Arc<[[u8; 16]]>>);

impl Names {
    /// Takes names of one conversation; those are as well that any of them was taken with.
    pub fn take(&mut self, act: &NamedAct) {
        let known = act.names.iter().filter_map(|name| self.0.get(name));
        let all: BTreeSet<[u8; 16]> =
            known.flat_map(|names| names.iter()).chain(&act.names).copied().collect();
        let all: Arc<[[u8; 16]]> = all.into_iter().collect();
        for name in all.iter() {
            self.0.insert(*name, Arc::clone(&all));
        }
    }

    /// Every name of the conversation that has this one, which is among them; rising.
    pub fn of<'a>(&'a self, name: &'a [u8; 16]) -> &'a [[u8; 16]] {
        self.0.get(name).map_or(std::slice::from_ref(name), |names| names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<const N: usize>(names: [u8; N]) -> NamedAct {
        NamedAct { names: names.map(|name| [name; 16]).to_vec() }
    }

    #[test]
    fn conversations_that_share_a_name_are_one() {
        let mut names = Names::default();
        for act in [named([1, 2]), named([3, 4]), named([6, 5])] {
            names.take(&act);
        }
        assert_eq!(names.of(&[2; 16]), [[1; 16], [2; 16]]);
        names.take(&named([4, 7, 1]));
        for name in [1, 2, 3, 4, 7] {
            assert_eq!(names.of(&[name; 16]), [1, 2, 3, 4, 7].map(|name| [name; 16]));
        }
        assert_eq!(names.of(&[5; 16]), [[5; 16], [6; 16]]);
        assert_eq!(names.of(&[9; 16]), [[9; 16]]);
    }

    #[test]
    fn it_is_written_as_the_format_has_it_and_one_name_alone_says_nothing() {
        let text =
            r#"{"names":["0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"]}"#;
        let act = named([10, 11]);
        assert_eq!(serde_json::to_string(&act).unwrap(), text);
        assert_eq!(serde_json::from_str::<NamedAct>(text).unwrap(), act);
        assert_eq!(act.check(), Ok(()));
        assert!(named([1]).check().is_err());
        assert!(NamedAct { names: vec![[1; 16]; NAMES_MAX + 1] }.check().is_err());
    }
}
