//! Making a plan: every record is looked at, and of what is due what can go with all that
//! goes along with it is listed.

use super::{Error, Inner, Planned, plan};
use crate::policy::Then;
use crate::projection::runs::{Cause, Plan};

impl Inner {
    /// How many people must approve a plan of so many of all records.
    pub(super) fn approvals(&self, goes: u64, all: u64, reviewed: bool) -> u8 {
        let many =
            goes.saturating_mul(100) > all.saturating_mul(self.config.plan_percent_max.into());
        self.config.approvals.max(u8::from(reviewed)).max(if many { 2 } else { 0 })
    }

    pub(super) fn plan(&self, size: u64) -> Result<Planned, Error> {
        let standing = self.standing(self.clock.now())?;
        standing.held.put_aside(&self.index);
        let mut looked = self.look_at_all(&standing, size)?;
        self.look_at_accesses(&standing, size, &mut looked)?;
        let mut candidates = std::mem::take(&mut looked.candidates);
        let relied = self.without_relied(&mut candidates, standing.now)?;
        let all = looked.later
            + relied
            + looked.waiting
            + looked.unruled
            + looked.held_due
            + looked.restricted_due
            + candidates.len() as u64;
        candidates.sort_unstable_by_key(|candidate| (candidate.due, candidate.entry));
        candidates.truncate(self.config.plan_records_max);
        let due = candidates.len() as u64;
        let going = self.going(&standing, &looked, &candidates)?;
        let goes = going.len() as u64;
        let untagged = going.iter().filter(|one| one.candidate.untagged).count() as u64;
        let reviewed = going.iter().any(|one| one.candidate.then != Then::Destroy);
        let approvals = self.approvals(goes, all, reviewed || untagged > 0);
        let groups =
            plan::grouped(&standing.rules, going.into_iter().map(|one| (one.candidate, one.along)));
        let plan = Plan {
            as_of: standing.now,
            cause: Cause::Due,
            log_size: size,
            approvals,
            untagged,
            groups,
        };
        Ok(Planned {
            run: None,
            plan,
            held: looked.held_due,
            restricted: looked.restricted_due,
            relied,
            bound: due - goes,
            waiting: looked.waiting,
            later: looked.later,
            unruled: looked.unruled,
        })
    }
}
