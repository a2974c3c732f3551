//! How long each had to wait.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest wait that is told apart: an hour.
const MICROS_MAX: u64 = 3_600_000_000;

/// Waits as they come in, to three digits.
#[derive(Debug)]
pub(super) struct Waits(Histogram<u64>);

/// What is told of them, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Percentiles {
    count: u64,
    p50_us: u64,
    p90_us: u64,
    p99_us: u64,
    p999_us: u64,
    max_us: u64,
}

impl Waits {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, MICROS_MAX, 3);
        Self(histogram.expect("1 to an hour in three digits is a histogram"))
    }

    pub(super) fn note(&mut self, wait: Duration) {
        self.0.saturating_record(u64::try_from(wait.as_micros()).unwrap_or(MICROS_MAX));
    }

    pub(super) fn add(&mut self, others: &Self) {
        self.0.add(&others.0).expect("all have the same bounds");
    }

    pub(super) fn percentiles(&self) -> Percentiles {
        let at = |share| self.0.value_at_quantile(share);
        Percentiles {
            count: self.0.len(),
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: self.0.max(),
        }
    }
}

impl fmt::Display for Percentiles {
    /// Writes them in milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1000.0;
        write!(
            f,
            "p50 {:.2} ms, p90 {:.2}, p99 {:.2}, p99.9 {:.2}, longest {:.2}",
            ms(self.p50_us),
            ms(self.p90_us),
            ms(self.p99_us),
            ms(self.p999_us),
            ms(self.max_us)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_a_sorted_list_to_three_digits() {
        let mut waits = Waits::new();
        for micros in (1..=10_000).rev() {
            waits.note(Duration::from_micros(micros));
        }
        let told = waits.percentiles();
        for (found, exact) in [
            (told.p50_us, 5_000),
            (told.p90_us, 9_000),
            (told.p99_us, 9_900),
            (told.p999_us, 9_990),
            (told.max_us, 10_000),
        ] {
            assert!(found.abs_diff(exact) * 1000 <= exact, "{found} for {exact}");
        }
        assert_eq!(told.count, 10_000);
    }

    #[test]
    fn waits_of_several_are_added_up_and_none_are_told_as_none() {
        let (mut all, mut some) = (Waits::new(), Waits::new());
        some.note(Duration::from_secs(7200));
        all.add(&some);
        assert_eq!(all.percentiles().count, 1);
        assert!(all.percentiles().max_us >= MICROS_MAX, "an hour and more is an hour");
        assert_eq!(Waits::new().percentiles().max_us, 0);
    }
}
