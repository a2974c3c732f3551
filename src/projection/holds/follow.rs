//! Whom and what a hold follows beyond the names that it was placed with.

use serde::{Deserialize, Serialize};

use crate::policy::Mark;
use crate::projection::as_hex;

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
