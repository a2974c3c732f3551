//! Names for conversations that name nobody.
//!
//! A thread id is a keyed digest of the business number and the other party.
//! One party is known by several identifiers (a phone number, a user id), and a
//! record may carry any of them: the first record that carries an identifier
//! settles which thread the identifier belongs to. That is a fold over the log
//! in its order, so an index built anew gives the same ids.
//!
//! Limit: two identifiers that were each seen alone before a record joined them
//! keep their two threads; what joins them goes on in the thread of the phone
//! number. A search for the party finds both. Where the record that settled a
//! thread was destroyed, an index built anew may name the thread otherwise.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use ring::hmac;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::record::{Record, ThreadKey};

/// A conversation's id: 16 bytes of a keyed digest, 32 hex digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId([u8; 16]);

/// A text that is not a thread id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a thread id is 32 lower-case hexadecimal digits")]
pub struct BadThreadId;

impl ThreadId {
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as rules and holds compare them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadId({self})")
    }
}

impl FromStr for ThreadId {
    type Err = BadThreadId;

    fn from_str(text: &str) -> Result<Self, BadThreadId> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadThreadId);
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadThreadId)?;
        Ok(Self(bytes))
    }
}

impl Serialize for ThreadId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ThreadId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The thread of a record, and the digests of every identifier that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) thread: ThreadId,
    pub(super) aliases: Vec<ThreadId>,
}

/// Gives records their threads, in the order of the log.
#[derive(Debug)]
pub(super) struct ThreadNames {
    key: hmac::Key,
    /// Settled since the last commit: the index does not know them yet.
    fresh: HashMap<ThreadId, ThreadId>,
    /// Looked up or committed; forgotten when room is needed.
    known: quick_cache::unsync::Cache<ThreadId, ThreadId>,
}

impl ThreadNames {
    pub(super) fn new(key: &[u8; 32], known_max: usize) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Self { key, fresh: HashMap::new(), known: quick_cache::unsync::Cache::new(known_max) }
    }

    /// The thread of a record; `None` where it belongs to none. `look_up` finds
    /// the thread of the first committed record with an alias.
    pub(super) fn name<E>(
        &mut self,
        record: &Record,
        look_up: impl Fn(ThreadId) -> Result<Option<ThreadId>, E>,
    ) -> Result<Option<Named>, E> {
        let aliases = self.aliases(record);
        let Some(first) = aliases.first().copied() else { return Ok(None) };
        let mut settled = Vec::with_capacity(aliases.len());
        for alias in &aliases {
            settled.push(self.settled(*alias, &look_up)?);
        }
        let thread = settled.iter().copied().flatten().next().unwrap_or(first);
        for (alias, _) in aliases.iter().zip(&settled).filter(|(_, settled)| settled.is_none()) {
            self.fresh.insert(*alias, thread);
        }
        Ok(Some(Named { thread, aliases }))
    }

    /// What was settled is in the index now.
    pub(super) fn committed(&mut self) {
        for (alias, thread) in self.fresh.drain() {
            self.known.insert(alias, thread);
        }
    }

    /// Forgets everything: the index goes back to its last commit.
    pub(super) fn forget(&mut self) {
        self.fresh.clear();
        self.known.clear();
    }

    fn settled<E>(
        &mut self,
        alias: ThreadId,
        look_up: impl Fn(ThreadId) -> Result<Option<ThreadId>, E>,
    ) -> Result<Option<ThreadId>, E> {
        if let Some(thread) = self.fresh.get(&alias).or_else(|| self.known.get(&alias)) {
            return Ok(Some(*thread));
        }
        let found = look_up(alias)?;
        if let Some(thread) = found {
            self.known.insert(alias, thread);
        }
        Ok(found)
    }

    /// The digests of what may name the conversation, the best first.
    fn aliases(&self, record: &Record) -> Vec<ThreadId> {
        if record.group_id.is_some() {
            return record.thread_key().iter().map(|key| self.digest(key)).collect();
        }
        let business = record.number_id.as_deref().or(record.number.as_deref());
        let (Some(business), Some(party)) = (business, record.counterparty()) else {
            return vec![];
        };
        [&party.phone, &party.user_id, &party.parent_user_id]
            .into_iter()
            .flatten()
            .map(|identifier| self.digest(&ThreadKey::pair(business, identifier)))
            .collect()
    }

    fn digest(&self, key: &ThreadKey) -> ThreadId {
        let tag = hmac::sign(&self.key, key.as_bytes());
        let bytes = tag.as_ref().first_chunk().expect("an HMAC-SHA256 tag has 32 bytes");
        ThreadId(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::fixtures::{Draft, party};

    fn names() -> ThreadNames {
        ThreadNames::new(&[7; 32], 16)
    }

    fn name(names: &mut ThreadNames, record: &Record) -> ThreadId {
        let nobody = |_| Ok::<_, std::convert::Infallible>(None);
        names.name(record, nobody).unwrap().unwrap().thread
    }

    #[test]
    fn both_directions_of_a_conversation_share_a_thread() {
        let mut names = names();
        let inbound = name(&mut names, &Draft::inbound("4915550100777", "hello").record());
        let outbound = name(&mut names, &Draft::outbound("4915550100777", "hello").record());
        let other = name(&mut names, &Draft::inbound("4915550100888", "hello").record());
        assert_eq!(inbound, outbound);
        assert_ne!(inbound, other);
    }

    #[test]
    fn a_user_id_leads_to_the_thread_it_was_seen_with() {
        let mut names = names();
        let both = party(Some("4915550100777"), Some("DE.555001"));
        let phone = name(&mut names, &Draft::from(both, "one").record());
        let id_only = party(None, Some("DE.555001"));
        assert_eq!(name(&mut names, &Draft::from(id_only, "two").record()), phone);
    }

    #[test]
    fn a_phone_number_learnt_later_leads_to_the_thread_of_the_user_id() {
        let mut names = names();
        let id_only = party(None, Some("DE.555001"));
        let first = name(&mut names, &Draft::from(id_only, "one").record());
        let both = party(Some("4915550100777"), Some("DE.555001"));
        assert_eq!(name(&mut names, &Draft::from(both, "two").record()), first);
        let phone_only = party(Some("4915550100777"), None);
        assert_eq!(name(&mut names, &Draft::from(phone_only, "three").record()), first);
    }

    #[test]
    fn what_is_not_remembered_is_looked_up() {
        let mut names = names();
        let both = party(Some("4915550100777"), Some("DE.555001"));
        let nobody = |_| Ok::<_, std::convert::Infallible>(None);
        let named = names.name(&Draft::from(both, "one").record(), nobody).unwrap().unwrap();
        names.forget();
        let indexed = |alias| {
            Ok::<_, std::convert::Infallible>(
                named.aliases.contains(&alias).then_some(named.thread),
            )
        };
        let id_only = Draft::from(party(None, Some("DE.555001")), "two").record();
        assert_eq!(names.name(&id_only, indexed).unwrap().unwrap().thread, named.thread);
    }

    #[test]
    fn a_record_without_a_counterparty_has_no_thread() {
        let mut record = Draft::inbound("4915550100777", "x").record();
        record.from = None;
        let nobody = |_| Ok::<_, std::convert::Infallible>(None);
        assert_eq!(names().name(&record, nobody).unwrap(), None);
    }
}
