//! The timer: plans dispositions when a cron expression says so, and carries out those
//! that need nobody's approval any more, where the operator wants that.
//!
//! It decides nothing that people decide: while a plan waits for them, it makes no other.
//! What it cannot do it traces, and tries again at the next time of the expression.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use cronexpr::{Crontab, FallbackTimezoneOption, ParseOptions};

use crate::causes;
use crate::clock::Clock;
use crate::disposition::{Disposition, DispositionConfig, Error};
use crate::govern::{Actor, Govern};
use crate::projection::runs::{Cause, Run, Stage};
use crate::record::RecordId;

/// The longest sleep: a clock that is set meanwhile is seen so soon.
const SLEEP_SECONDS_MAX: u64 = 30;

/// When.
#[derive(Clone, Debug)]
pub struct Times(Crontab);

/// A text that says no times.
#[derive(Debug, thiserror::Error)]
pub enum BadTimes {
    /// Too many or too few fields; a time zone.
    #[error("a cron expression has five fields, in UTC: `30 3 * * *` is every day at 03:30")]
    Fields,
    /// A field that cannot be.
    #[error("the cron expression is not understood: {0}")]
    Expression(String),
}

impl Times {
    /// Reads a cron expression of five fields, in UTC; `None` where it is empty.
    ///
    /// # Errors
    /// [`BadTimes`].
    pub fn parse(text: &str) -> Result<Option<Self>, BadTimes> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.split_whitespace().count() != 5 {
            return Err(BadTimes::Fields);
        }
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        let read = cronexpr::parse_crontab_with(text, options);
        // The error quotes the expression in several lines.
        let one_line = |error: cronexpr::Error| {
            error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        read.map(|times| Some(Self(times))).map_err(|error| BadTimes::Expression(one_line(error)))
    }

    /// The first time after a moment; `None` where there is none.
    pub fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next = self.0.find_next(moment).ok()?;
        Some(next.with_time_zone(TimeZone::UTC).timestamp())
    }
}

/// Plans by itself.
#[derive(Debug)]
pub struct Timer {
    times: Times,
    executes: bool,
    disposition: Disposition,
    govern: Govern,
    clock: Clock,
}

impl Timer {
    /// Plans at these times.
    pub fn new(
        times: Times,
        config: &DispositionConfig,
        disposition: Disposition,
        govern: Govern,
        clock: Clock,
    ) -> Self {
        Self { times, executes: config.timer_executes, disposition, govern, clock }
    }

    /// Runs until it is told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut seen = self.clock.now();
        while let Some(next) = self.times.after(seen) {
            tokio::select! {
                () = self.until(next) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if let Err(error) = self.turn().await {
                let error = causes::told(&error);
                tracing::error!(error, "the timer planned or carried out nothing");
            }
            // One turn for all times that passed meanwhile.
            seen = self.clock.now().max(next);
        }
        tracing::warn!("disposition.timer names no time that is to come");
    }

    async fn until(&self, moment: Timestamp) {
        loop {
            let left = moment.duration_since(self.clock.now());
            let Ok(left) = Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(SLEEP_SECONDS_MAX))).await;
        }
    }

    /// What is done at each of its times.
    async fn turn(&self) -> Result<(), Error> {
        if self.executes {
            for run in self.runs(|run| run.stage == Stage::Approved)? {
                self.execute(run).await?;
            }
        }
        // An erasure that waits for people keeps nothing that is due.
        let waits = |run: &Run| match run.stage {
            Stage::Planned | Stage::Approved => run.cause == Cause::Due,
            Stage::Started => true,
            Stage::Rejected | Stage::Finished => false,
        };
        let waiting = self.runs(waits)?;
        if let Some(run) = waiting.first() {
            tracing::info!(%run, "a disposition waits for people: no other is planned");
            return Ok(());
        }
        let planned = self.disposition.plan(&Actor::muniment()).await?;
        let Some(run) = planned.run else {
            tracing::info!("nothing is due");
            return Ok(());
        };
        let (records, approvals) = (planned.plan.count(), planned.plan.approvals);
        tracing::info!(%run, records, approvals, "a disposition was planned");
        if self.executes && approvals == 0 {
            self.execute(run).await?;
        }
        Ok(())
    }

    async fn execute(&self, run: RecordId) -> Result<(), Error> {
        let done = self.disposition.execute(&Actor::muniment(), run).await?;
        let (destroyed, withheld) = (done.destroyed, done.withheld);
        tracing::info!(%run, destroyed, withheld, "a disposition was carried out");
        Ok(())
    }

    fn runs(&self, asked: impl Fn(&Run) -> bool) -> Result<Vec<RecordId>, Error> {
        let found = self.govern.read(|projection| {
            let runs = projection.runs.iter().filter(|(_, run)| asked(run));
            runs.map(|(id, _)| id).collect()
        });
        found.map_err(Error::Govern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(times: &str, moment: &str) -> String {
        let times = Times::parse(times).unwrap().unwrap();
        times.after(moment.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn times_are_in_utc_and_the_next_is_after_the_moment() {
        assert_eq!(next("30 3 * * *", "2026-11-21T03:30:00Z"), "2026-11-22T03:30:00Z");
        assert_eq!(next("30 3 * * *", "2026-11-21T03:29:59.9Z"), "2026-11-21T03:30:00Z");
        assert_eq!(next("0 4 1 * *", "2026-12-31T23:00:00Z"), "2027-01-01T04:00:00Z");
        assert_eq!(next("*/15 * * * *", "2026-02-28T23:50:00Z"), "2026-03-01T00:00:00Z");
        assert_eq!(next("0 2 * * 0", "2026-11-21T08:00:00Z"), "2026-11-22T02:00:00Z");
    }

    #[test]
    fn no_times_are_no_timer_and_bad_ones_are_said() {
        assert!(Times::parse("  ").unwrap().is_none());
        for few_or_many in ["* * * *", "0 3 * * * Europe/Athens", "@daily", "0 0 3 * * *"] {
            assert!(matches!(Times::parse(few_or_many), Err(BadTimes::Fields)), "{few_or_many}");
        }
        for impossible in ["60 3 * * *", "0 3 * * 9", "a b c d e", "0 3 32 1 *"] {
            let told = Times::parse(impossible).unwrap_err().to_string();
            assert!(told.contains("not understood") && !told.contains('\n'), "{told}");
        }
    }
}
