//! Events that periods wait for: the end of a contract, the closing of an account.
//!
//! An event is told of somebody, of a conversation, a record, a tag or a schedule, never
//! of everything: one told of nothing would start every clock that waits for it. What was
//! told is not taken back; a later event of the same name and subject counts in its place.
//! Where a record is reached by several, the latest starts its clock.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::holds::is_national;
use super::threads::Names;
use super::{Refused, thread_bytes};
use crate::policy::{Facts, Mark};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// The longest name of an event, and of a subject, in characters.
const NAME_CHARS_MAX: usize = 128;

/// Something that happened outside and starts a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAct {
    /// Its name, as rules have it: `contract_end`.
    pub event: String,
    /// What it is told of.
    #[serde(flatten)]
    pub of: Of,
    /// When it happened.
    pub at: Timestamp,
    /// What proves it, in the words of who tells.
    pub reason: String,
}

/// What an event is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Of {
    /// Somebody: every record of theirs.
    Party {
        /// A phone number in international form, a user id, a user name.
        party: String,
    },
    /// One record.
    Record {
        /// Its id.
        record: RecordId,
        /// Its entry.
        entry: u64,
    },
    /// A conversation: every record of it.
    Thread {
        /// Its id: 32 lower-case hexadecimal digits.
        thread: String,
    },
    /// A tag: every record that it is on.
    Tag {
        /// Its name.
        tag: String,
    },
    /// A retention schedule: the decisions on it.
    Schedule {
        /// Its name.
        schedule: String,
    },
}

/// What was told, by what it was told of.
#[derive(Clone, Debug, Default)]
pub struct Events {
    told: HashMap<Key, Vec<(Mark, Timestamp)>>,
    /// By which names the conversations go.
    names: Arc<Names>,
}

/// What an event was told of, to be looked up by a record's facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Party(Mark),
    Record(u64),
    Thread([u8; 16]),
    Tag(Mark),
    Schedule(Mark),
}

impl Of {
    fn name(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Party { party } => Some(("party", party)),
            Self::Thread { thread } => Some(("thread", thread)),
            Self::Tag { tag } => Some(("tag", tag)),
            Self::Schedule { schedule } => Some(("schedule", schedule)),
            Self::Record { .. } => None,
        }
    }

    fn key(&self) -> Result<Key, Refused> {
        Ok(match self {
            Self::Party { party } => Key::Party(Mark::of(party)),
            Self::Record { entry, .. } => Key::Record(*entry),
            Self::Thread { thread } => Key::Thread(thread_bytes(thread).ok_or_else(|| {
                let form = "`thread` is the id of a conversation: 32 lower-case hexadecimal digits";
                Refused(form.to_owned())
            })?),
            Self::Tag { tag } => Key::Tag(Mark::of(tag)),
            Self::Schedule { schedule } => Key::Schedule(Mark::of(schedule)),
        })
    }
}

impl Events {
    /// Whether an event can be told.
    ///
    /// # Errors
    /// Where it names nothing or nobody, or what it names is too long.
    pub fn check(act: &EventAct) -> Result<(), Refused> {
        let names = [Some(("event", act.event.as_str())), act.of.name()];
        for (what, text) in names.into_iter().flatten() {
            if text.trim().is_empty() {
                return Err(Refused(format!("`{what}` is empty: say it")));
            }
            if text.chars().count() > NAME_CHARS_MAX {
                let most = NAME_CHARS_MAX;
                return Err(Refused(format!("`{what}` is longer than {most} characters")));
            }
        }
        if let Of::Party { party } = &act.of
            && is_national(party)
        {
            let form = "`party`: write a phone number in international form, as +49 1555 0100777";
            return Err(Refused(form.to_owned()));
        }
        act.of.key().map(drop)
    }

    /// Takes the next event. Its form is not looked at: what stands in the log was right for
    /// the build that wrote it.
    pub(super) fn apply(&mut self, act: &EventAct) -> Result<(), Refused> {
        let told = self.told.entry(act.of.key()?).or_default();
        let event = Mark::of(&act.event);
        told.retain(|(name, _)| *name != event);
        told.push((event, act.at));
        Ok(())
    }

    /// Takes by which names conversations go.
    pub(super) fn name_by(&mut self, names: &Arc<Names>) {
        self.names = Arc::clone(names);
    }

    /// The conversations that something was told of.
    pub fn threads(&self) -> impl Iterator<Item = [u8; 16]> + '_ {
        self.told.keys().filter_map(|key| match key {
            Key::Thread(thread) => Some(*thread),
            Key::Party(_) | Key::Record(_) | Key::Tag(_) | Key::Schedule(_) => None,
        })
    }

    /// What was told of the record of an entry: of itself, its parties, its conversation
    /// and its tags.
    pub fn of(&self, entry: LeafIndex, facts: &Facts, into: &mut Vec<(Mark, Timestamp)>) {
        into.clear();
        if self.told.is_empty() {
            return;
        }
        let parties = facts.parties.iter().map(|party| Key::Party(*party));
        let tags = facts.tags.iter().map(|tag| Key::Tag(*tag));
        let thread = facts.thread.iter().flat_map(|thread| self.names.of(thread));
        let thread = thread.map(|name| Key::Thread(*name));
        let keys = parties.chain(tags).chain(thread).chain([Key::Record(entry.get())]);
        into.extend(keys.filter_map(|key| self.told.get(&key)).flatten().copied());
    }

    /// What was told of a retention schedule.
    pub fn of_schedule(&self, schedule: &str) -> &[(Mark, Timestamp)] {
        self.told.get(&Key::Schedule(Mark::of(schedule))).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::threads::NamedAct;
    use crate::record::Class;

    fn told(event: &str, of: Of, second: i64) -> EventAct {
        let at = Timestamp::from_second(second).unwrap();
        EventAct { event: event.into(), of, at, reason: "letter".into() }
    }

    fn party(party: &str) -> Of {
        Of::Party { party: party.into() }
    }

    fn folded<const N: usize>(acts: [EventAct; N]) -> Events {
        let mut events = Events::default();
        acts.iter().for_each(|act| events.apply(act).unwrap());
        events
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_record_meets_the_newest_events_of_its_parties_and_of_nobody_else() {
        let events = folded([
            told("contract_end", party("+49 1555 0100777"), 10),
            told("contract_end", party("4915550100777"), 20),
            told("account_closed", party("DE.555"), 30),
            told("contract_end", party("4930555"), 40),
        ]);
        let mut facts = Facts::bare(Class::Message, Timestamp::UNIX_EPOCH);
        facts.parties = vec![Mark::of("4915550100777"), Mark::of("de.555")];
        let (mut found, entry) = (vec![], LeafIndex::new(7));
        events.of(entry, &facts, &mut found);
        let expected =
            [(Mark::of("contract_end"), second(20)), (Mark::of("account_closed"), second(30))];
        assert_eq!(found, expected);
        events.of(entry, &Facts::bare(Class::Message, Timestamp::UNIX_EPOCH), &mut found);
        assert_eq!(found, []);
    }

    #[test]
    fn an_event_of_a_conversation_is_of_it_by_each_of_its_names() {
        let mut events = folded([
            told("a", Of::Thread { thread: "0a".repeat(16) }, 1),
            told("b", party("mira"), 2),
        ]);
        assert_eq!(events.threads().collect::<Vec<_>>(), [[10; 16]]);
        let mut names = Names::default();
        names.take(&NamedAct { names: vec![[10; 16], [11; 16]] });
        events.name_by(&Arc::new(names));
        let mut found = vec![];
        for (thread, count) in [(10, 1), (11, 1), (12, 0)] {
            let thread = Some([thread; 16]);
            let facts = Facts { thread, ..Facts::bare(Class::Message, Timestamp::UNIX_EPOCH) };
            events.of(LeafIndex::new(7), &facts, &mut found);
            assert_eq!(found.len(), count, "{thread:?}");
        }
    }

    #[test]
    fn an_event_can_be_told_of_a_record_a_conversation_a_tag_or_a_schedule() {
        let record = RecordId::from_bytes([7; 16]);
        let events = folded([
            told("a", Of::Record { record, entry: 7 }, 1),
            told("b", Of::Thread { thread: "0a".repeat(16) }, 2),
            told("c", Of::Tag { tag: "Contract".into() }, 3),
            told("d", Of::Schedule { schedule: "ours".into() }, 4),
            // A name is looked up among its own kind alone.
            told("e", party("contract"), 5),
            told("f", Of::Tag { tag: "mira".into() }, 6),
        ]);
        let facts = Facts {
            parties: vec![Mark::of("mira")],
            thread: Some([10; 16]),
            tags: vec![Mark::of("contract")],
            ..Facts::bare(Class::Message, Timestamp::UNIX_EPOCH)
        };
        let mut found = vec![];
        let mut names = |entry| {
            events.of(LeafIndex::new(entry), &facts, &mut found);
            let mut told: Vec<i64> = found.iter().map(|(_, at)| at.as_second()).collect();
            told.sort_unstable();
            told
        };
        assert_eq!(names(7), [1, 2, 3]);
        assert_eq!(names(8), [2, 3]);
        assert_eq!(events.of_schedule("OURS"), [(Mark::of("d"), second(4))]);
        assert_eq!(events.of_schedule("theirs"), []);
    }

    #[test]
    fn an_event_of_nothing_is_refused() {
        let thread = Of::Thread { thread: "x".into() };
        let refused = [
            (told("contract_end", party(" "), 1), "`party` is empty"),
            (told("", party("4930555"), 1), "`event` is empty"),
            (told("e", party("030 555"), 1), "international form"),
            (told(&"e".repeat(129), party("4930555"), 1), "longer"),
            (told("e", thread, 1), "32 lower-case"),
            (told("e", Of::Tag { tag: String::new() }, 1), "`tag` is empty"),
            (told("e", Of::Schedule { schedule: "s".repeat(129) }, 1), "longer"),
        ];
        for (act, why) in refused {
            let error = Events::check(&act).unwrap_err();
            assert!(error.0.contains(why), "{error}");
        }
    }

    #[test]
    fn what_was_told_of_a_party_before_there_was_another_subject_is_read() {
        let text = r#"{"event":"e","party":"4930555","at":"1970-01-01T00:00:01Z","reason":"r"}"#;
        let act: EventAct = serde_json::from_str(text).unwrap();
        assert_eq!(act.of, party("4930555"));
        assert_eq!(serde_json::to_string(&act).unwrap(), text);
        let of = Of::Record { record: RecordId::from_bytes([7; 16]), entry: 7 };
        for of in [of, Of::Tag { tag: "t".into() }, Of::Schedule { schedule: "s".into() }] {
            let act = told("e", of, 1);
            let json = serde_json::to_string(&act).unwrap();
            assert_eq!(serde_json::from_str::<EventAct>(&json).unwrap(), act, "{json}");
        }
    }
}
