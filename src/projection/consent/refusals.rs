//! Which records say that somebody does not want to be written to.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Asked, Ledger, State};
use crate::policy::Mark;
use crate::policy::consent::{Channel, Purpose};
use crate::record::RecordId;

impl Ledger {
    /// The records that some refusal or withdrawal of a subject's rests on at a moment, for
    /// any purpose, channel or number; and those that may be one and wait for review. Who
    /// destroys one of them forgets that the subject does not want to be written to.
    pub fn refusals(&self, subject: Mark, at: Timestamp) -> BTreeSet<RecordId> {
        let given = self.history(subject);
        let mut numbers: Vec<Option<Mark>> =
            given.iter().flat_map(|one| one.numbers.iter().copied().map(Some)).collect();
        numbers.push(None);
        numbers.sort_unstable();
        numbers.dedup();
        let mut channels: Vec<Channel> =
            given.iter().filter_map(|one| one.signal.channel.clone()).collect();
        channels.push(Channel::whatsapp());
        channels.sort_unstable();
        channels.dedup();
        let mut refusals = BTreeSet::new();
        for purpose in Purpose::ALL {
            for channel in &channels {
                for number in numbers.iter().copied() {
                    let asked = Asked { purpose, channel: channel.clone(), number, at };
                    let consent = self.consent(subject, &asked);
                    let refuses = match consent.state {
                        State::Withdrawn | State::Refused | State::InReview => true,
                        State::Given | State::Expired | State::Unknown => false,
                    };
                    refusals.extend(consent.evidence.filter(|_| refuses).map(|one| one.id.record));
                }
            }
        }
        refusals
    }
}
