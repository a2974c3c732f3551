//! After a failed write nothing is written again.
//!
//! A failed fsync leaves it unknown what is on disk, and trying again may report
//! success for pages that were lost. So the first failure is remembered, every
//! later append is refused with it, and the process ends; recovery is the start.

use std::fmt;

use tokio::sync::watch;

use crate::causes;

/// Why the log stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison(String);

impl Poison {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// Tells an error with all its causes.
    pub(super) fn from_error(error: &dyn std::error::Error) -> Self {
        Self(causes::told(error))
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first reason, once there is one.
#[derive(Debug, Default)]
pub(super) struct Flag(watch::Sender<Option<Poison>>);

impl Flag {
    /// Sets the reason; a later one does not replace it.
    pub(super) fn set(&self, poison: Poison) {
        self.0.send_if_modified(|held| {
            let first = held.is_none();
            if first {
                *held = Some(poison);
            }
            first
        });
    }

    pub(super) fn read(&self) -> Option<Poison> {
        self.0.borrow().clone()
    }

    pub(super) async fn wait(&self) -> Poison {
        let mut flag = self.0.subscribe();
        let held = flag.wait_for(Option::is_some).await.expect("the sender lives in self");
        held.clone().expect("waited until there was one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let flag = Flag::default();
        assert_eq!(flag.read(), None);
        flag.set(Poison::new("disk full"));
        flag.set(Poison::new("closed"));
        assert_eq!(flag.read(), Some(Poison::new("disk full")));
    }
}
