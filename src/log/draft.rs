//! What is handed to the log: entries that have no place yet.

use crate::entry::{
    Event, FOUND_BY_BYTES_MAX, Finding, HandOver, Header, MissedReason, Ranges, Sealed,
};
use crate::record::RecordId;
use crate::store::OnceKey;
use crate::tlog::{Hash, LeafIndex};

/// An entry to be, with the bytes that it binds.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) event: Event,
    /// Header and body of what the event binds.
    pub(super) sealed: Option<(Header, Vec<u8>)>,
    pub(super) once: Option<OnceKey>,
    /// Put on the media queue.
    pub(super) awaits_medium: Option<Vec<u8>>,
    /// Take this record off the media queue.
    pub(super) ends_wait_of: Option<LeafIndex>,
}

/// Drafts that are appended together, in order, in one durable batch.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) drafts: Vec<Draft>,
    pub(super) leads: bool,
}

/// What became of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is the log's entry of this index.
    At(LeafIndex),
    /// It was seen before: this entry keeps it.
    Seen(LeafIndex),
    /// It only led others, and they had all been seen before.
    Superfluous,
}

impl Draft {
    /// The first entry of a log.
    pub(super) fn began(origin: String) -> Self {
        Self::bare(Event::Began { origin })
    }

    /// A captured record.
    pub fn captured(sealed: Sealed, delivery: Option<RecordId>) -> Self {
        let event = Event::Captured { kept: sealed.kept, delivery };
        Self { sealed: Some((sealed.header, sealed.body)), ..Self::bare(event) }
    }

    /// An opening by somebody.
    pub fn accessed(
        sealed: Sealed,
        who: String,
        act: crate::entry::Act,
        target: Option<RecordId>,
    ) -> Self {
        let event = Event::Accessed { kept: sealed.kept, who, act, target };
        Self { sealed: Some((sealed.header, sealed.body)), ..Self::bare(event) }
    }

    /// A decision of somebody's; `digest` is that of the file it is about, if any.
    pub fn governed(sealed: Sealed, who: String, digest: Option<Hash>) -> Self {
        let event = Event::Governed { kept: sealed.kept, who, digest };
        Self { sealed: Some((sealed.header, sealed.body)), ..Self::bare(event) }
    }

    /// The destruction of records: written before their rows are deleted.
    pub fn destroyed(run: RecordId, entries: Ranges) -> Self {
        Self::bare(Event::Destroyed { run, entries })
    }

    /// A medium that belongs to a record.
    pub fn linked(record: RecordId, medium: RecordId, matches: Option<bool>) -> Self {
        Self::bare(Event::Linked { record, medium, matches })
    }

    /// A medium given up.
    pub fn missed(record: RecordId, reason: MissedReason) -> Self {
        Self::bare(Event::Missed { record, reason })
    }

    /// The log's key handed over: only the log itself writes it.
    pub(super) fn handed_over(hand_over: HandOver) -> Self {
        Self::bare(Event::HandedOver(Box::new(hand_over)))
    }

    /// A suspected breach of the archive itself. `by` is cut to
    /// [`FOUND_BY_BYTES_MAX`]; `at` is the tree size or the entry it is about.
    pub fn found(finding: Finding, by: &str, at: Option<u64>) -> Self {
        let by = by.get(..by.floor_char_boundary(FOUND_BY_BYTES_MAX)).unwrap_or(by).to_owned();
        Self::bare(Event::Found { finding, by, at })
    }

    /// Leaves the draft out where this key was seen before, and marks it seen.
    #[must_use]
    pub fn once(mut self, key: OnceKey) -> Self {
        self.once = Some(key);
        self
    }

    /// Puts the record on the media queue, with the state of its task.
    #[must_use]
    pub fn awaiting_medium(mut self, task: Vec<u8>) -> Self {
        self.awaits_medium = Some(task);
        self
    }

    /// Takes the record at `index` off the media queue.
    #[must_use]
    pub fn ending_wait_of(mut self, index: LeafIndex) -> Self {
        self.ends_wait_of = Some(index);
        self
    }

    fn bare(event: Event) -> Self {
        Self { event, sealed: None, once: None, awaits_medium: None, ends_wait_of: None }
    }
}

impl Group {
    /// A group of one.
    pub fn of(draft: Draft) -> Self {
        Self { drafts: vec![draft], leads: false }
    }

    /// Drafts of equal standing.
    pub fn all(drafts: Vec<Draft>) -> Self {
        Self { drafts, leads: false }
    }

    /// A draft that leads others, as a delivery leads its records: where all the
    /// others were seen before, it is left out too.
    pub fn led_by(lead: Draft, others: Vec<Draft>) -> Self {
        let leads = !others.is_empty();
        let mut drafts = vec![lead];
        drafts.extend(others);
        Self { drafts, leads }
    }
}
