//! What a schedule would let go of who read what: month by month, as plans list it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::super::look::Standing;
use super::{Error, Inner, Tally, YEARS_AHEAD};
use crate::disposition::accesses::Month;
use crate::policy::{Due, RuleAt};
use crate::record::Class;

/// What a month of accesses came to.
#[derive(Debug, Default)]
struct OfMonth {
    /// How many each rule decides.
    rules: BTreeMap<RuleAt, u64>,
    all: u64,
    /// When the last of them is due.
    due: Option<Timestamp>,
    /// Whether one of them is held, waits, or is of no rule.
    held: bool,
    waiting: bool,
    unruled: bool,
}

impl Inner {
    /// Adds the accesses of the log's first `size` entries. Blocks; what it costs goes with
    /// the entries of all months in which something was read.
    pub(super) fn tally_accesses(
        &self,
        standing: &Standing,
        moments: &[Timestamp; YEARS_AHEAD.len()],
        size: u64,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        if !standing.rules.are_for(Class::Access) {
            return Ok(());
        }
        for month in self.months(size)? {
            let of = self.tally_month(standing, &month)?;
            // What one of them waits for, all of the month waits for.
            if of.unruled {
                tally.unruled += of.all;
            } else if of.waiting {
                tally.waiting += of.all;
            } else {
                let due = of.due.max(Some(month.ends));
                for (by, count) in of.rules {
                    let goes = moments.map(|moment| if due <= Some(moment) { count } else { 0 });
                    tally.add(by, goes, of.held);
                }
            }
        }
        Ok(())
    }

    fn tally_month(&self, standing: &Standing, month: &Month) -> Result<OfMonth, Error> {
        let (ground, mut of) = (standing.ground(), OfMonth::default());
        self.each_access(month, |entry, facts| {
            let verdict = ground.verdict(entry, facts, &mut vec![]);
            of.all += 1;
            of.held |= standing.held.is_on(entry, facts);
            match (verdict.due, verdict.by) {
                (Due::At(due), Some(by)) => {
                    of.due = of.due.max(Some(due));
                    *of.rules.entry(by).or_default() += 1;
                }
                (Due::Waiting, _) => of.waiting = true,
                (Due::Unruled, _) | (Due::At(_), None) => of.unruled = true,
            }
            ControlFlow::Continue(())
        })?;
        Ok(of)
    }
}
