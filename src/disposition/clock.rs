//! Whether the clock may say what is due. A clock that stands wrong by years would have
//! everything destroyed years early, and nobody could undo it; so nothing is planned or
//! carried out where it
//!
//! * moved otherwise than time passes since the start (a suspended machine's passes too), or
//! * stands before the newest entry, or
//! * is not kept right by a source of time, or nobody can tell.
//!
//! What was begun is ended without: its plan says as of when.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{DispositionConfig, Error};
use crate::clock::Clock;

/// The program that asks the kernel whether the clock is kept right.
const PROGRAM: &str = "timedatectl";
const ARGUMENTS: [&str; 3] = ["show", "--property=NTPSynchronized", "--value"];
/// Longest wait for it.
const ANSWER_SECONDS_MAX: u64 = 10;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

const WAY_OUT: &str = "see that NTP keeps the clock right, or, where it is kept right in another \
    way, set disposition.clock = \"unchecked\"";

/// What the clock must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockTrust {
    /// Kept right by a source of time, as the system says.
    #[default]
    Synchronised,
    /// Whatever the operator sees to.
    Unchecked,
}

/// Looks at the clock before anything is planned or carried out.
#[derive(Debug)]
pub(super) struct ClockCheck {
    clock: Clock,
    /// What the clock said at the start, and how much time had passed then.
    began: (Timestamp, Duration),
    jump_max: SignedDuration,
    trust: ClockTrust,
}

impl ClockCheck {
    pub(super) fn new(clock: Clock, config: &DispositionConfig) -> Self {
        let began = (clock.now(), clock.passed());
        let seconds = i64::try_from(config.clock_jump_seconds_max).unwrap_or(i64::MAX);
        let (jump_max, trust) = (SignedDuration::from_secs(seconds), config.clock);
        Self { clock, began, jump_max, trust }
    }

    /// Whether the clock can be trusted, beside a newest entry of that time. Blocks for
    /// the answer of another program.
    ///
    /// # Errors
    /// [`Error::Clock`], with what to do.
    pub(super) fn look(&self, newest: Timestamp) -> Result<(), Error> {
        let (began, passed) = self.began;
        let passed = self.clock.passed().saturating_sub(passed);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let now = self.clock.now();
        let jumped = now.duration_since(began).saturating_sub(passed);
        if jumped.abs() > self.jump_max {
            return Err(Error::Clock(format!(
                "it was set by {} s since the start; see that it is right, and restart the daemon",
                jumped.as_secs()
            )));
        }
        let behind = newest.duration_since(now);
        if behind > self.jump_max {
            return Err(Error::Clock(format!(
                "it stands {} s before the newest entry; set it right, and restart the daemon",
                behind.as_secs()
            )));
        }
        match self.trust {
            ClockTrust::Synchronised if self.clock.is_system() => {
                synchronised(answer(PROGRAM, &ARGUMENTS).as_deref())
            }
            ClockTrust::Synchronised | ClockTrust::Unchecked => Ok(()),
        }
    }
}

/// Judges what the program said.
fn synchronised(answer: Option<&str>) -> Result<(), Error> {
    match answer.map(str::trim) {
        Some("yes") => Ok(()),
        Some("no") => Err(Error::Clock(format!("it is not synchronised; {WAY_OUT}"))),
        Some(_) | None => Err(Error::Clock(format!(
            "nobody can tell whether it is synchronised ({PROGRAM} gave no answer); {WAY_OUT}"
        ))),
    }
}

/// What a program prints; `None` where it cannot be run, fails, or takes too long.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let until = Instant::now() + Duration::from_secs(ANSWER_SECONDS_MAX);
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > until {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clock: &Clock) -> ClockCheck {
        ClockCheck::new(clock.clone(), &DispositionConfig::default())
    }

    fn told(result: Result<(), Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_clock_that_was_set_is_not_trusted_and_one_that_ran_is() {
        let start: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::hand_moved(start);
        let check = check(&clock);
        hand.advance(Duration::from_secs(10 * 365 * 24 * 60 * 60));
        check.look(start).unwrap();
        hand.set_ahead(Duration::from_secs(60));
        check.look(start).unwrap();
        hand.set_ahead(Duration::from_secs(1));
        let text = told(check.look(start));
        assert!(text.contains("set by 61 s") && text.contains("restart"), "{text}");
        hand.retreat(Duration::from_secs(122));
        assert!(told(check.look(start)).contains("set by -61 s"));
    }

    #[test]
    fn a_clock_before_the_newest_entry_is_not_trusted() {
        let start: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let (clock, _hand) = Clock::hand_moved(start);
        let check = check(&clock);
        check.look(start + Duration::from_secs(60)).unwrap();
        let text = told(check.look(start + Duration::from_secs(3600)));
        assert!(text.contains("3600 s before the newest entry"), "{text}");
    }

    #[test]
    fn only_a_clock_that_is_said_to_be_synchronised_is_trusted() {
        synchronised(Some("yes\n")).unwrap();
        assert!(told(synchronised(Some("no\n"))).contains("not synchronised"));
        for unknown in [None, Some(""), Some("Failed to connect to bus")] {
            let text = told(synchronised(unknown));
            assert!(text.contains("nobody can tell") && text.contains("unchecked"), "{text}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_or_fails_gives_no_answer() {
        assert_eq!(answer("/nowhere/timedatectl", &[]), None);
        assert_eq!(answer("false", &[]), None);
        assert_eq!(answer("echo", &["yes"]).as_deref(), Some("yes\n"));
    }
}
