//! The plaintext of a decision, to and fro; and folding an entry that governs.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Inner;
use crate::entry::{Entry, Event, Kept};
use crate::log;
use crate::projection::{Act, At, Projection};
use crate::record::{Class, RECORD_VERSION, Record};
use crate::seal;
use crate::tlog::LeafIndex;

/// Who the archive itself is, where it decides.
pub const MUNIMENT: &str = "muniment";

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The id of the token: it stands in the leaf.
    pub who: String,
    /// The token's name; sealed.
    pub name: String,
}

impl Actor {
    /// The archive itself, doing what was decided before.
    pub fn muniment() -> Self {
        Self { who: MUNIMENT.to_owned(), name: MUNIMENT.to_owned() }
    }
}

/// A decision as it is sealed: `docs/FORMAT.md` §8.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    class: Class,
    who: &'a str,
    name: &'a str,
    #[serde(flatten)]
    act: &'a Act,
}

/// A decision, read back; what else there may be is a newer build's.
#[derive(Clone, Debug, Deserialize)]
pub struct Told {
    /// The name of the token of who decided.
    pub name: String,
    /// What.
    #[serde(flatten)]
    pub act: Act,
}

/// The bytes to be sealed.
pub(super) fn write(actor: &Actor, act: &Act) -> Zeroizing<Vec<u8>> {
    let Actor { who, name } = actor;
    let line = Line { v: RECORD_VERSION, class: Class::Governance, who, name, act };
    Zeroizing::new(serde_json::to_vec(&line).expect("texts and numbers are JSON"))
}

impl Inner {
    /// Folds an entry; why it could not be, without a word of its content.
    pub(super) fn fold(&self, index: LeafIndex, into: &mut Projection) -> Result<(), String> {
        let entry = self.log.entry_at(index).map_err(|error| error.to_string())?;
        match &entry.event {
            Event::Captured { kept, .. } => {
                let Some(plaintext) = self.open(index, kept)? else { return Ok(()) };
                let record: Record = serde_json::from_slice(&plaintext)
                    .map_err(|_| "its record is not in the form of records")?;
                into.take(index, entry.time, kept.record, &record);
                Ok(())
            }
            Event::Governed { kept, who, .. } => self.fold_act(&entry, kept, who, into),
            Event::Destroyed { entries, .. } => {
                into.forget(entries);
                Ok(())
            }
            Event::Began { .. }
            | Event::Linked { .. }
            | Event::Missed { .. }
            | Event::Accessed { .. }
            | Event::HandedOver(_)
            | Event::Found { .. } => Ok(()),
        }
    }

    fn fold_act(
        &self,
        entry: &Entry,
        kept: &Kept,
        who: &str,
        into: &mut Projection,
    ) -> Result<(), String> {
        let Told { name, act } = self.read(entry.index, kept)?;
        let (index, time, record) = (entry.index, entry.time, kept.record);
        into.apply(&At { index, time, record, who, name: &name }, &act)
            .map_err(|_| "it does not follow from what was decided before it".to_owned())
    }

    /// The decision of an entry; `None` where it is an entry of another kind.
    pub(super) fn told_at(&self, index: LeafIndex) -> Result<Option<Told>, String> {
        let entry = self.log.entry_at(index).map_err(|error| error.to_string())?;
        let Event::Governed { kept, .. } = &entry.event else { return Ok(None) };
        self.read(index, kept).map(Some)
    }

    fn read(&self, index: LeafIndex, kept: &Kept) -> Result<Told, String> {
        let plaintext = self.open(index, kept)?.ok_or("its record was destroyed")?;
        serde_json::from_slice(&plaintext)
            .map_err(|_| "its record is not a decision that this build knows".to_owned())
    }

    /// Opens the record of an entry; `None` where it was destroyed.
    fn open(&self, index: LeafIndex, kept: &Kept) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        let (header, body) = match self.log.sealed_at(index) {
            Ok(sealed) => sealed,
            Err(log::Error::Shredded) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        match self.keyring.open(kept, &header, &body) {
            Ok(plaintext) => Ok(Some(plaintext)),
            Err(seal::Error::NoBucket(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}
