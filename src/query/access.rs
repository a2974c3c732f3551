//! Writing down who reads, before anything is read.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Error, Inner, Query};
use crate::entry::Act;
use crate::index::ThreadId;
use crate::log::{Draft, Group};
use crate::policy::consent::Purpose;
use crate::record::{Class, RECORD_VERSION, RecordId};
use crate::seal::Sealed;

/// Who reads, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The id of the token: it stands in the leaf.
    pub who: String,
    /// The token's name; sealed.
    pub name: String,
    /// Why, in the reader's words; sealed.
    pub reason: Option<String>,
    /// Whether they see records whose use is restricted (GDPR art. 18).
    pub sees_restricted: bool,
}

/// What was opened since the start.
#[derive(Debug, Default)]
pub struct AccessCounts {
    /// Searches.
    pub searches: AtomicU64,
    /// Records read.
    pub records: AtomicU64,
    /// Pages of conversations read.
    pub threads: AtomicU64,
    /// Media taken.
    pub media: AtomicU64,
    /// Readings of who consents to what.
    pub consents: AtomicU64,
    /// Pages of records opened for a data subject.
    pub reports: AtomicU64,
    /// Records found damaged.
    pub damaged: AtomicU64,
}

/// The plaintext of an access's record: what the leaf must not say.
/// `docs/API.md` documents it.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    v: u32,
    class: Class,
    who: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    act: &'static str,
    #[serde(flatten)]
    asked: Asked<'a>,
}

/// What was asked, and what was about to be shown for it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Asked<'a> {
    Search {
        query: &'a str,
        order: &'static str,
        results: usize,
        shown: Vec<RecordId>,
    },
    Record {
        record: RecordId,
    },
    Thread {
        thread: ThreadId,
        order: &'static str,
        results: usize,
        shown: Vec<RecordId>,
    },
    Medium {
        record: RecordId,
        medium: RecordId,
    },
    Consent {
        of: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        purpose: Option<Purpose>,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    Subject {
        of: &'static str,
        subject: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<RecordId>,
        page: usize,
        pages: usize,
        shown: &'a [RecordId],
    },
}

/// An access on its way into the log: sealed, not yet written down.
#[derive(Debug)]
pub(super) struct Prepared {
    sealed: Sealed,
    who: String,
    act: Act,
    target: Option<RecordId>,
}

impl Asked<'_> {
    const fn act(&self) -> Act {
        match self {
            Self::Search { .. } => Act::Search,
            Self::Record { .. } => Act::Read,
            Self::Thread { .. } => Act::ReadThread,
            Self::Medium { .. } => Act::ReadMedium,
            Self::Consent { .. } => Act::ReadConsent,
            Self::Subject { .. } => Act::Report,
        }
    }

    /// The record that the leaf names: of random ids, none tells anything.
    const fn target(&self) -> Option<RecordId> {
        match self {
            Self::Search { .. }
            | Self::Thread { .. }
            | Self::Consent { .. }
            | Self::Subject { .. } => None,
            Self::Record { record } => Some(*record),
            Self::Medium { medium, .. } => Some(*medium),
        }
    }
}

impl Inner {
    /// Seals who asks what.
    pub(super) fn prepare(&self, access: &Access, asked: Asked<'_>) -> Result<Prepared, Error> {
        self.check_reason(access)?;
        let (act, target) = (asked.act(), asked.target());
        let told = Told {
            v: RECORD_VERSION,
            class: Class::Access,
            who: &access.who,
            name: &access.name,
            reason: access.reason.as_deref(),
            act: act.as_str(),
            asked,
        };
        let plaintext = serde_json::to_vec(&told).expect("texts and numbers are JSON");
        let plaintext = Zeroizing::new(plaintext);
        let sealed = self.keyring.seal(Class::Access, self.clock.now(), &plaintext);
        Ok(Prepared { sealed: sealed.map_err(Error::Seal)?, who: access.who.clone(), act, target })
    }

    /// Whether the reason given will do.
    pub(super) fn check_reason(&self, access: &Access) -> Result<(), Error> {
        let bytes_max = self.config.reason_bytes_max;
        match access.reason.as_deref().map(str::trim) {
            None | Some("") if self.config.reason_required => Err(Error::ReasonMissing),
            Some(reason) if reason.len() > bytes_max => {
                Err(Error::ReasonTooLong { bytes: reason.len(), bytes_max })
            }
            None | Some(_) => Ok(()),
        }
    }
}

impl Query {
    /// Writes an access down. When this returns, it is on disk.
    pub(super) async fn write_down(&self, prepared: Prepared) -> Result<(), Error> {
        let Prepared { sealed, who, act, target } = prepared;
        let group = Group::of(Draft::accessed(sealed, who, act, target));
        self.0.log.append(group).await.map_err(Error::Log)?;
        let counts = &self.0.counts;
        let counter = match act {
            Act::Search => &counts.searches,
            Act::Read => &counts.records,
            Act::ReadThread => &counts.threads,
            Act::ReadMedium => &counts.media,
            Act::ReadConsent => &counts.consents,
            Act::Report => &counts.reports,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
