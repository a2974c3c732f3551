//! The one source of time.
//!
//! Everything that needs `now` takes it as a value or asks a [`Clock`] that it
//! was given, so that a test can stand at any date. The vocabulary rooms never
//! ask: `now` is passed to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time: the system's, or a test's.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Hand(Arc<AtomicI64>),
}

/// Moves a hand-moved [`Clock`].
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until its [`Hand`] moves it.
    pub fn hand_moved(start: Timestamp) -> (Self, Hand) {
        let micros = Arc::new(AtomicI64::new(start.as_microsecond()));
        (Self(Source::Hand(Arc::clone(&micros))), Hand(micros))
    }

    /// The present moment in UTC, cut to microseconds: the precision of an entry.
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Source::System => Timestamp::now().as_microsecond(),
            Source::Hand(micros) => micros.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).expect("a clock stands within jiff's range of years")
    }
}

impl Hand {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let micros =
            i64::try_from(by.as_micros()).expect("a test moves by less than 292,000 years");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves the clock back.
    pub fn retreat(&self, by: Duration) {
        let micros =
            i64::try_from(by.as_micros()).expect("a test moves by less than 292,000 years");
        self.0.fetch_sub(micros, Ordering::SeqCst);
    }
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
    }
}
