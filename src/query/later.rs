//! What came later of a message: edits, revocations, reactions, replies,
//! statuses. They stand beside the original and never in its place.

use super::open::Shown;
use super::restricted::Hidden;
use super::search::index_failed;
use super::view::LaterView;
use super::{Error, Inner};
use crate::index::{Hit, ThreadId};
use crate::record::{Record, RecordId, RelationKind};

/// What came later, as far as it is shown, and how much more there is.
#[derive(Default)]
pub(super) struct Later {
    pub(super) shown: Vec<LaterView>,
    pub(super) more: usize,
}

impl Inner {
    /// What later said something of a record, in order. Reading a record is
    /// reading this too: no access of its own is written down.
    pub(super) fn later_of(
        &self,
        hidden: &Hidden,
        thread: Option<ThreadId>,
        id: RecordId,
        record: &Record,
    ) -> Result<Later, Error> {
        let (Some(thread), Some(provider_id)) = (thread, record.provider_id.as_deref()) else {
            return Ok(Later::default());
        };
        // A status bears the provider id of the message that it reports on.
        if record.body.relation.as_ref().is_some_and(|of| of.kind == RelationKind::Reports) {
            return Ok(Later::default());
        }
        let mut hits = self.index.relating_to(thread, provider_id).map_err(index_failed)?;
        hits.retain(|hit| hit.record != id);
        let more = hits.len().saturating_sub(self.config.later_max);
        let shown = hits.iter().take(self.config.later_max).map(|hit| self.later_view(hidden, hit));
        Ok(Later { shown: shown.collect::<Result<_, _>>()?, more })
    }

    fn later_view(&self, hidden: &Hidden, hit: &Hit) -> Result<LaterView, Error> {
        let Shown { content, .. } = self.show(hidden, hit.entry, hit.record)?;
        let unshown = content.as_ref().err().copied();
        let record = content.ok();
        let relation = record.as_ref().and_then(|record| record.body.relation.as_ref());
        Ok(LaterView {
            record: hit.record,
            entry: hit.entry.get(),
            relation: relation.map(|relation| relation.kind),
            at: hit.at,
            kind: record.as_ref().map(|record| record.body.kind.clone()),
            from: record.as_ref().and_then(|record| record.from.clone()),
            text: record.and_then(|record| record.body.text),
            problem: unshown.map(|unshown| unshown.problem),
            restriction: unshown.and_then(|unshown| unshown.restriction),
        })
    }
}
