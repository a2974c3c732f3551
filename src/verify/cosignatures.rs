//! What witnesses cosigned: every line by a witness that the policy knows must
//! verify, and the report says up to which entry they are enough.
//!
//! A cosignature that was taken away is not missed: nothing says how many there were.
//! What it says in favour of the archive is only counted where the tree fits.

use serde::{Deserialize, Serialize};

use super::finding::FindingKind;
use crate::causes::told;
use crate::tlog::note::Note;
use crate::tlog::policy::Policy;

/// How far the policy is content with the cosignatures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosigned {
    /// How many entries the newest checkpoint covers that bears enough of them; 0 when
    /// none does.
    pub size: u64,
    /// The witnesses who cosigned it, as the policy calls them.
    pub by: Vec<String>,
}

/// What one checkpoint bears beside the log's signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    /// Good cosignatures by witnesses of the policy.
    pub(super) known: u64,
    /// Lines by nobody who is known here.
    pub(super) unknown: u64,
    /// Who cosigned, where the policy is content with it.
    pub(super) enough: Option<Vec<String>>,
}

/// Checks the lines on a checkpoint of the log.
pub(super) fn check(
    policy: Option<&Policy>,
    note: &[u8],
    origin: &str,
) -> Result<Lines, (FindingKind, String)> {
    let malformed = || (FindingKind::Malformed, "the checkpoint is not a signed note".to_owned());
    let note = std::str::from_utf8(note).ok().and_then(|note| Note::parse(note).ok());
    let note = note.ok_or_else(malformed)?;
    let others = note.signatures().iter().filter(|line| line.name().as_str() != origin).count();
    let others = u64::try_from(others).unwrap_or(u64::MAX);
    let Some(policy) = policy else { return Ok(Lines { unknown: others, ..Lines::default() }) };
    let cosigned = policy.cosigned(&note).map_err(|error| {
        let text =
            format!("a witness's cosignature on the checkpoint does not hold: {}", told(&error));
        (FindingKind::BadSignature, text)
    })?;
    let by: Vec<String> =
        cosigned.by.iter().map(|(witness, _)| witness.name().to_owned()).collect();
    let known = u64::try_from(by.len()).unwrap_or(u64::MAX);
    let unknown = others.saturating_sub(known);
    Ok(Lines { known, unknown, enough: cosigned.meets.then_some(by) })
}

impl Cosigned {
    /// The report's line, of an archive of so many entries.
    pub(super) fn line(&self, size: u64) -> String {
        let by = match self.by.as_slice() {
            [] => "nobody, as the policy asks for nobody".to_owned(),
            names => names.join(", "),
        };
        match self.size {
            0 => "nothing that the policy is content with".to_owned(),
            all if all == size => format!("all {size}, by {by}"),
            first => format!("the first {first} entries, by {by}"),
        }
    }
}
