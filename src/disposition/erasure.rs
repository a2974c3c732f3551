//! Erasure at a person's request (GDPR art. 17): what of theirs can go, goes, whether or
//! not its time has come; what a duty, a claim or their own refusal keeps, stays, and they
//! are told why.
//!
//! It is a disposition like any other: planned, approved by others, judged again from the
//! opened records when it is carried out, certified. What differs is who is asked for
//! (`Person`) and what lets a record go (`judge`).

mod judge;
mod look;

use serde::Serialize;

use super::bundle::SharedMedia;
use super::{Disposition, Error, Inner};
use crate::entry::Ranges;
use crate::govern::Actor;
use crate::index::Selection;
use crate::projection::runs::{Cause, DispositionAct, Group, Plan, Stage};
use crate::projection::subjects::{Account, Counted, Identity, Kept, Request, RequestKind, Tally};
use crate::projection::{Act, Projection, Refused};
use crate::record::RecordId;
use crate::tlog::LeafIndex;
pub(super) use look::Person;
use look::{Looked, count, kept};

/// The name of the schedule in the plan of an erasure; the rule's is the request's.
pub const ERASURE: &str = "erasure";

/// What the planning of an erasure came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedErasure {
    /// The run, where there is something to destroy and it was planned.
    pub run: Option<RecordId>,
    /// The plan.
    pub plan: Plan,
    /// What would go: the person's records, without what goes along.
    pub goes: Vec<Counted>,
    /// What stays, and why.
    pub kept: Vec<Kept>,
    /// Records that could go as well and are more than one plan may list.
    pub beyond: u64,
}

impl Disposition {
    /// What an erasure would come to now, of the person who is known by these identifiers,
    /// or by those of the request; nothing is written down.
    ///
    /// # Errors
    /// When there is no such request for erasure, or one of nobody who is known by anything;
    /// [`Error::Behind`], [`Error::Unread`]; else when something cannot be read.
    pub async fn preview_erasure(
        &self,
        request: RecordId,
        identity: Option<Identity>,
    ) -> Result<PlannedErasure, Error> {
        let size = self.indexed().await;
        self.0.blocking(move |inner| inner.plan_erasure(request, identity, size)).await
    }

    /// Plans the erasure that a request asks for; nothing is destroyed by it. Where nothing
    /// can go, nothing is written down.
    ///
    /// # Errors
    /// As [`Disposition::preview_erasure`]; [`Error::Clock`]; and when a run for the request
    /// is not ended yet, or the decision cannot be written.
    pub async fn plan_erasure(
        &self,
        actor: &Actor,
        request: RecordId,
    ) -> Result<PlannedErasure, Error> {
        self.0.blocking(Inner::trust_clock).await?;
        let mut planned = self.preview_erasure(request, None).await?;
        if planned.plan.groups.is_empty() {
            return Ok(planned);
        }
        let plan = planned.plan.clone();
        let decide = move |projection: &Projection| {
            asked_for(projection, request)?;
            if let Some(run) = open_run(projection, request) {
                return Err(Refused(format!(
                    "run {run} for this request is not ended: have it carried out or rejected"
                )));
            }
            Ok(Act::Disposition(DispositionAct::Planned(plan)))
        };
        let decided = self.0.govern.act_on(actor, decide).await.map_err(Error::Govern)?;
        planned.run = Some(decided.record);
        Ok(planned)
    }

    /// What came of a request for erasure until now.
    ///
    /// # Errors
    /// As [`Disposition::preview_erasure`].
    pub async fn account(&self, request: RecordId) -> Result<Account, Error> {
        let size = self.indexed().await;
        self.0.blocking(move |inner| inner.account(request, size)).await
    }
}

/// The run for a request that is neither finished nor rejected.
pub fn open_run(projection: &Projection, request: RecordId) -> Option<RecordId> {
    let mut runs = projection.runs.iter();
    let open = runs.find(|(_, run)| {
        let is_ended = matches!(run.stage, Stage::Finished | Stage::Rejected);
        run.cause == Cause::Erasure { request } && !is_ended
    });
    open.map(|(id, _)| id)
}

/// A request for erasure that is not answered.
fn asked_for(projection: &Projection, request: RecordId) -> Result<&Request, Refused> {
    let refused = |why: &str| Refused(format!("request {request} {why}"));
    let found = projection.subjects.request(request).ok_or_else(|| refused("is not known"))?;
    if found.kind != RequestKind::Erasure {
        return Err(refused("does not ask for erasure"));
    }
    if found.answered.is_some() {
        return Err(refused("was answered: what is asked since is a request of its own"));
    }
    Ok(found)
}

impl Inner {
    /// Who asked for an erasure; `None` for what was planned for another cause.
    pub(super) fn person_of(&self, cause: &Cause) -> Result<Option<Person>, Error> {
        match cause {
            Cause::Due => Ok(None),
            Cause::Erasure { request } => self.person(*request, None).map(Some),
        }
    }

    fn person(&self, request: RecordId, identity: Option<Identity>) -> Result<Person, Error> {
        let now = self.clock.now();
        let read = self.govern.read(|projection| {
            let found = asked_for(projection, request)?;
            let identity = identity.unwrap_or_else(|| Identity::of(&found.identifiers));
            if identity.identifiers().is_empty() {
                let whose = "does not say yet by which identifiers the person is known: do that";
                return Err(Refused(format!("request {request} {whose}")));
            }
            let marks = identity.marks();
            let refusals = marks.iter().map(|mark| projection.consent.refusals(*mark, now));
            Ok(Person { refusals: refusals.flatten().collect(), identity })
        });
        let refused = |refused| Error::Govern(crate::govern::Error::Refused(refused));
        read.map_err(Error::Govern)?.map_err(refused)
    }

    fn plan_erasure(
        &self,
        request: RecordId,
        identity: Option<Identity>,
        size: u64,
    ) -> Result<PlannedErasure, Error> {
        let standing = self.standing(self.clock.now())?;
        let person = self.person(request, identity)?;
        let looked = self.look_at_person(&standing, &person, size)?;
        let goes = looked.goes.len() as u64;
        let mut counted = Tally::default();
        looked.goes.iter().for_each(|(bundle, _)| count(&mut counted, &bundle.entry, ()));
        let reviewed = looked.goes.iter().any(|(_, reviewed)| *reviewed);
        let entries = self.with_along(&looked)?;
        let groups = if entries.is_empty() { vec![] } else { self.group(request, entries)? };
        Ok(PlannedErasure {
            run: None,
            plan: Plan {
                as_of: standing.now,
                cause: Cause::Erasure { request },
                log_size: size,
                approvals: self.approvals(goes, looked.all, reviewed),
                untagged: 0,
                groups,
            },
            goes: counted.counted().map(|(counted, ())| counted).collect(),
            kept: kept(looked.kept),
            beyond: looked.found - goes,
        })
    }

    /// What goes, with what goes along with it.
    fn with_along(&self, looked: &Looked) -> Result<Vec<LeafIndex>, Error> {
        let gone: Selection = looked.goes.iter().map(|(bundle, _)| bundle.entry.index).collect();
        let shared = SharedMedia::read(&self.log).map_err(Error::Log)?;
        let mut entries: Vec<LeafIndex> = gone.iter().collect();
        for (bundle, _) in &looked.goes {
            entries.extend(self.along(bundle, &shared, |entry| gone.contains(entry))?);
        }
        entries.sort_unstable();
        entries.dedup();
        Ok(entries)
    }

    /// The one group of an erasure's plan: what lets the records go is the request. It is
    /// named by its record, and by the hash of its leaf.
    fn group(&self, request: RecordId, entries: Vec<LeafIndex>) -> Result<Vec<Group>, Error> {
        let store = self.log.store();
        let place = store.index_of(request).map_err(Error::Store)?;
        let place = place.ok_or(Error::NotFound("request"))?;
        let leaf = store.leaf(place).map_err(Error::Store)?.ok_or(Error::NotFound("request"))?;
        let told = self.log.entry_at(place).map_err(Error::Log)?.time;
        Ok(vec![Group {
            schedule: ERASURE.to_owned(),
            sha256: crate::tlog::hash::leaf_hash(&leaf),
            rule: request.to_string(),
            due: (told, told),
            entries: Ranges::covering(entries),
        }])
    }
}
