//! Events that periods wait for: the end of a contract, the closing of an account.
//!
//! An event is told of somebody or of a conversation, never of everything: one told
//! without a subject would start every clock that waits for it. What was told is not taken
//! back; a later event of the same name and subject counts in its place.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refused;
use crate::policy::{Facts, Mark};

/// The longest name of an event, and of a subject, in characters.
const NAME_CHARS_MAX: usize = 128;

/// Something that happened outside and starts a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAct {
    /// Its name, as rules have it: `contract_end`.
    pub event: String,
    /// An identifier of whom it is told of: a phone number, a user id.
    pub party: String,
    /// When it happened.
    pub at: Timestamp,
    /// What proves it, in the words of who tells.
    pub reason: String,
}

/// What was told, by whom it was told of.
#[derive(Clone, Debug, Default)]
pub struct Events(HashMap<Mark, Vec<(Mark, Timestamp)>>);

impl Events {
    /// Whether an event can be told.
    ///
    /// # Errors
    /// Where it names nothing or nobody, or what it names is too long.
    pub fn check(act: &EventAct) -> Result<(), Refused> {
        for (what, text) in [("event", &act.event), ("party", &act.party)] {
            if text.trim().is_empty() {
                return Err(Refused(format!("`{what}` is empty: an event is told of somebody")));
            }
            if text.chars().count() > NAME_CHARS_MAX {
                let most = NAME_CHARS_MAX;
                return Err(Refused(format!("`{what}` is longer than {most} characters")));
            }
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, act: &EventAct) -> Result<(), Refused> {
        Self::check(act)?;
        let told = self.0.entry(Mark::of(&act.party)).or_default();
        let event = Mark::of(&act.event);
        told.retain(|(name, _)| *name != event);
        told.push((event, act.at));
        Ok(())
    }

    /// What was told of the parties of a record.
    pub fn of(&self, facts: &Facts, into: &mut Vec<(Mark, Timestamp)>) {
        into.clear();
        let told = facts.parties.iter().filter_map(|party| self.0.get(party));
        into.extend(told.flatten().copied());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Class;

    fn told(event: &str, party: &str, second: i64) -> EventAct {
        let at = Timestamp::from_second(second).unwrap();
        EventAct { event: event.into(), party: party.into(), at, reason: "letter".into() }
    }

    #[test]
    fn a_record_meets_the_newest_events_of_its_parties_and_of_nobody_else() {
        let mut events = Events::default();
        for act in [
            told("contract_end", "+49 1555 0100777", 10),
            told("contract_end", "4915550100777", 20),
            told("account_closed", "DE.555", 30),
            told("contract_end", "4930555", 40),
        ] {
            events.apply(&act).unwrap();
        }
        let mut facts = Facts::bare(Class::Message, Timestamp::UNIX_EPOCH);
        facts.parties = vec![Mark::of("4915550100777"), Mark::of("de.555")];
        let mut found = vec![];
        events.of(&facts, &mut found);
        let second = |second| Timestamp::from_second(second).unwrap();
        let expected =
            [(Mark::of("contract_end"), second(20)), (Mark::of("account_closed"), second(30))];
        assert_eq!(found, expected);
        events.of(&Facts::bare(Class::Message, Timestamp::UNIX_EPOCH), &mut found);
        assert_eq!(found, []);
    }

    #[test]
    fn an_event_of_nobody_is_refused() {
        for act in [told("contract_end", " ", 1), told("", "4930555", 1)] {
            assert!(Events::check(&act).is_err());
        }
        assert!(Events::check(&told(&"e".repeat(129), "4930555", 1)).is_err());
    }
}
