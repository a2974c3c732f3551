//! The one source of time.
//!
//! Everything that needs `now` takes it as a value or asks a [`Clock`] that it
//! was given, so that a test can stand at any date. The vocabulary rooms never
//! ask: `now` is passed to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Tells the time: the system's, or a test's.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// `since`: how long the machine had run then.
    System {
        since: Duration,
    },
    Hand(Arc<Moved>),
}

/// Where a hand-moved clock stands.
#[derive(Debug)]
struct Moved {
    micros: AtomicI64,
    /// Microseconds that passed, whatever the clock was set to.
    passed: AtomicU64,
}

/// Moves a hand-moved [`Clock`].
#[derive(Clone, Debug)]
pub struct Hand(Arc<Moved>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System { since: machine_ran() })
    }

    /// A clock that stands at `start` until its [`Hand`] moves it.
    pub fn hand_moved(start: Timestamp) -> (Self, Hand) {
        let micros = AtomicI64::new(start.as_microsecond());
        let moved = Arc::new(Moved { micros, passed: AtomicU64::new(0) });
        (Self(Source::Hand(Arc::clone(&moved))), Hand(moved))
    }

    /// The present moment in UTC, cut to microseconds: the precision of an entry.
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Source::System { .. } => Timestamp::now().as_microsecond(),
            Source::Hand(moved) => moved.micros.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).expect("a clock stands within jiff's range of years")
    }

    /// How much time has passed since the clock was made, however it was set meanwhile.
    /// The time for which the machine was suspended counts: its clock went on as well.
    pub fn passed(&self) -> Duration {
        match &self.0 {
            Source::System { since } => machine_ran().saturating_sub(*since),
            Source::Hand(moved) => Duration::from_micros(moved.passed.load(Ordering::SeqCst)),
        }
    }

    /// Whether it is the machine's clock.
    pub const fn is_system(&self) -> bool {
        matches!(self.0, Source::System { .. })
    }
}

/// How long the machine has run, suspended or not, by a clock that nobody sets.
fn machine_ran() -> Duration {
    let ran = clock_gettime(ClockId::Boottime);
    Duration::try_from(ran).expect("a machine has not run for less than no time")
}

impl Hand {
    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.set_ahead(by);
        let micros =
            u64::try_from(by.as_micros()).expect("a test moves by less than 292,000 years");
        self.0.passed.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock forward; no time passes.
    pub fn set_ahead(&self, by: Duration) {
        self.0.micros.fetch_add(micros(by), Ordering::SeqCst);
    }

    /// Sets the clock back; no time passes.
    pub fn retreat(&self, by: Duration) {
        self.0.micros.fetch_sub(micros(by), Ordering::SeqCst);
    }
}

fn micros(by: Duration) -> i64 {
    i64::try_from(by.as_micros()).expect("a test moves by less than 292,000 years")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_moved_clock_stands_still_until_moved() {
        let start: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::hand_moved(start);
        assert_eq!(clock.now(), start);
        hand.advance(Duration::from_secs(60));
        assert_eq!(clock.now().to_string(), "2026-11-21T08:01:00Z");
        assert!(!clock.is_system() && Clock::system().is_system());
    }

    #[test]
    fn the_machine_s_time_passes_while_it_sleeps_too() {
        // The kernel's own count of it (proc(5)), in hundredths of a second.
        let uptime = || {
            let told = std::fs::read_to_string("/proc/uptime").unwrap();
            let seconds: f64 = told.split_whitespace().next().unwrap().parse().unwrap();
            Duration::from_secs_f64(seconds)
        };
        let hundredth = Duration::from_millis(10);
        let (before, ran, after) = (uptime(), machine_ran(), uptime());
        assert!(before <= ran && ran <= after + hundredth, "{before:?} {ran:?} {after:?}");
    }

    #[test]
    fn setting_a_clock_lets_no_time_pass() {
        let (clock, hand) = Clock::hand_moved(Timestamp::UNIX_EPOCH);
        hand.advance(Duration::from_secs(5));
        hand.set_ahead(Duration::from_secs(100));
        hand.retreat(Duration::from_secs(30));
        assert_eq!(clock.passed(), Duration::from_secs(5));
        assert_eq!(clock.now().as_second(), 75);
    }
}
