//! What people asked about their own data, and what was answered.
//!
//! A request is named by the record of the decision that told of it. It is due one month
//! after its receipt, or three where that was told in time (GDPR art. 12(3)), and is
//! closed by its answer. Nothing is destroyed here: an erasure is a disposition whose
//! cause is the request.

mod account;
mod act;
mod identity;
mod request;
mod restrictions;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use account::{Account, Counted, Kept, Tally, Why};
pub use act::{
    Answered, IDENTIFIER_BYTES_MAX, IDENTIFIERS_MAX, Identifier, IdentifierKind, REASON_BYTES_MAX,
    RequestKind, Requested, SubjectAct,
};
pub use identity::{Identity, is_of, others};
pub use request::{Answer, Request, due_of};
pub use restrictions::{
    Ground, Lifted, Lifting, RESTRICTIONS_MAX, Restricted, RestrictedNow, Restriction, Restrictions,
};

use super::{At, Refused};
use crate::record::RecordId;

/// The most requests of an archive.
pub const REQUESTS_MAX: usize = 1_000_000;

/// Every request there ever was.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    requests: BTreeMap<RecordId, Request>,
    restrictions: Arc<Restrictions>,
}

impl Subjects {
    /// A request.
    pub fn request(&self, request: RecordId) -> Option<&Request> {
        self.requests.get(&request)
    }

    /// Every request behind one, or all; the oldest first.
    pub fn requests_behind(
        &self,
        after: Option<RecordId>,
    ) -> impl Iterator<Item = (RecordId, &Request)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.requests.range((from, Unbounded)).map(|(id, request)| (*id, request))
    }

    /// Whose records are kept and not used, now and before.
    pub const fn restrictions(&self) -> &Arc<Restrictions> {
        &self.restrictions
    }

    /// Whether a decision can follow: that it is well formed, and what
    /// [`Subjects::apply`] would answer.
    pub(super) fn check(&self, at: &At<'_>, act: &SubjectAct) -> Result<(), Refused> {
        act.check(at.time)?;
        self.follows(at, act)
    }

    /// Takes the next decision. Its form is not looked at: what stands in the log was
    /// within the limits of the build that wrote it.
    pub(super) fn apply(&mut self, at: &At<'_>, act: &SubjectAct) -> Result<(), Refused> {
        self.follows(at, act)?;
        match act {
            SubjectAct::Requested(requested) => {
                self.requests.insert(at.record, Request::told(at, requested));
            }
            SubjectAct::Restricted(act) => Arc::make_mut(&mut self.restrictions).restrict(at, act),
            SubjectAct::Lifted(act) => Arc::make_mut(&mut self.restrictions).lift(at, act),
            SubjectAct::Identified { request, .. }
            | SubjectAct::Extended { request, .. }
            | SubjectAct::Answered(Answered { request, .. }) => {
                if let Some(found) = self.requests.get_mut(request) {
                    found.step(at, act);
                }
            }
        }
        Ok(())
    }

    fn follows(&self, at: &At<'_>, act: &SubjectAct) -> Result<(), Refused> {
        match act {
            SubjectAct::Requested(_) if self.requests.len() >= REQUESTS_MAX => {
                let most = format!("there are {REQUESTS_MAX} requests, the most there may be");
                Err(Refused(most))
            }
            SubjectAct::Requested(_) => Ok(()),
            SubjectAct::Restricted(act) => self.restrictions.follows_restricted(act, self),
            SubjectAct::Lifted(act) => self.restrictions.follows_lifted(act),
            SubjectAct::Identified { request, .. }
            | SubjectAct::Extended { request, .. }
            | SubjectAct::Answered(Answered { request, .. }) => {
                let found = self.requests.get(request);
                let found =
                    found.ok_or_else(|| Refused(format!("there is no request {request}")))?;
                found.takes(at, act).map_err(|why| Refused(format!("request {request} {why}")))
            }
        }
    }
}
