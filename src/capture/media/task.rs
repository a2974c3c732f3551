//! The state of fetching one medium, as its row on the queue tells it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::MediaConfig;

/// One medium to be fetched. Which one, the record tells: the row holds no
/// personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Task {
    /// Tries made.
    pub attempts: u32,
    /// When the next try is due.
    pub next: Timestamp,
    /// When the medium was announced.
    pub since: Timestamp,
}

impl Task {
    /// A medium announced now, due at once.
    pub fn new(now: Timestamp) -> Self {
        Self { attempts: 0, next: now, since: now }
    }

    /// The queue row.
    pub fn to_row(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("three plain fields are always JSON")
    }

    /// Reads [`Task::to_row`].
    pub fn from_row(row: &[u8]) -> Option<Self> {
        serde_json::from_slice(row).ok()
    }

    /// The same medium after a failed try: due after a wait that doubles, with
    /// jitter so that many failures do not come back in step.
    #[must_use]
    pub(super) fn after_failure(&self, now: Timestamp, config: &MediaConfig) -> Self {
        let doubled = 1u64.checked_shl(self.attempts.min(63)).unwrap_or(u64::MAX);
        let wait_ms =
            config.retry_delay_ms_min.saturating_mul(doubled).min(config.retry_delay_ms_max).max(1);
        // Between half and the whole of it.
        let jittered_ms = wait_ms / 2 + random(wait_ms - wait_ms / 2 + 1);
        let next = now.checked_add(Duration::from_millis(jittered_ms)).unwrap_or(now);
        Self { attempts: self.attempts.saturating_add(1), next, since: self.since }
    }

    /// Whether it was announced longer ago than the provider keeps media.
    pub(super) fn is_older_than(&self, now: Timestamp, retention: Duration) -> bool {
        let age = now.duration_since(self.since);
        age.is_positive() && age.unsigned_abs() > retention
    }
}

/// A random number below `bound`; 0 when the system has none (jitter is a courtesy).
fn random(bound: u64) -> u64 {
    getrandom::u64().unwrap_or(0) % bound.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_never_ends_in_overflow() {
        let config = MediaConfig::default();
        let mut task = Task::new(now());
        for attempt in 0..200u32 {
            task = task.after_failure(now(), &config);
            let wait_ms = task.next.duration_since(now()).as_millis();
            let whole_ms = 2000i128.checked_shl(attempt.min(60)).unwrap().min(900_000);
            assert!(wait_ms >= whole_ms / 2 && wait_ms <= whole_ms, "{attempt}: {wait_ms}");
        }
        assert_eq!(task.since, now());
    }

    #[test]
    fn a_medium_is_too_old_after_the_providers_retention() {
        let task = Task::new(now());
        let week = Duration::from_secs(7 * 24 * 3600);
        let later = now().checked_add(week).unwrap();
        assert!(!task.is_older_than(later, week));
        assert!(task.is_older_than(later.checked_add(Duration::from_secs(1)).unwrap(), week));
    }

    #[test]
    fn a_task_survives_its_row() {
        let task = Task::new(now()).after_failure(now(), &MediaConfig::default());
        assert_eq!(Task::from_row(&task.to_row()), Some(task));
        assert_eq!(Task::from_row(b"{}"), None);
    }
}
