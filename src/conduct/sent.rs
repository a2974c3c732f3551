//! What is known of one message of the business: pure.
//!
//! Statuses of it repeat and come in any order; what they tell is put together so that the
//! order makes no difference, but for the record that the message is named by: the first.

use serde::{Deserialize, Serialize};

use super::template::Used;
use super::told::{How, Pair, Price, Priced, Sighting};
use crate::policy::Mark;
use crate::record::RecordId;

/// A message of the business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub(super) struct Sent {
    /// The first record that told of it.
    pub(super) record: RecordId,
    /// Its entry.
    pub(super) entry: u64,
    /// When it was captured: Unix seconds, as all times here.
    pub(super) captured: i64,
    /// When the last record that told of it was.
    pub(super) seen: i64,
    pub(super) number: Mark,
    pub(super) parties: Vec<Mark>,
    /// When it was sent, or the first time by which it was.
    pub(super) at: i64,
    /// Whether the former.
    pub(super) sent_then: bool,
    pub(super) how: How,
    pub(super) price: Option<Price>,
    pub(super) template: Option<Used>,
    /// The provider did not deliver it, and why.
    pub(super) refused: Option<u32>,
    /// What is known of the conversation around it.
    pub(super) around: Around,
}

/// What is known of the conversation around a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Around {
    /// When the customer last wrote before it.
    pub(super) inbound: Option<i64>,
    /// When the business last wrote before it.
    pub(super) previous: Option<i64>,
    /// Whether everything was let through.
    pub(super) free: bool,
    /// Whether the customer may have written what was destroyed since.
    pub(super) blind: bool,
}

impl Sent {
    /// A message that a record tells of for the first time.
    pub(super) fn first(seen: &Sighting, record: RecordId, entry: u64, captured: i64) -> Self {
        let mut sent = Self {
            record,
            entry,
            captured,
            seen: captured,
            number: seen.number,
            parties: vec![],
            at: seen.at,
            sent_then: seen.sent_then,
            how: seen.how,
            price: None,
            template: None,
            refused: None,
            around: Around::default(),
        };
        sent.see(seen, captured);
        sent
    }

    /// Takes what another record tells of it.
    pub(super) fn see(&mut self, seen: &Sighting, captured: i64) {
        self.seen = self.seen.max(captured);
        self.at = match (self.sent_then, seen.sent_then) {
            (true, false) => self.at,
            (false, true) => seen.at,
            (true, true) | (false, false) => self.at.min(seen.at),
        };
        self.sent_then |= seen.sent_then;
        self.how = self.how.max(seen.how);
        self.price = self.price.into_iter().chain(seen.price).min();
        self.template = self.template.into_iter().chain(seen.template).max();
        self.refused = self.refused.into_iter().chain(seen.refused).max();
        self.parties.extend(&seen.parties);
        self.parties.sort_unstable();
        self.parties.dedup();
    }

    /// The conversations that it belongs to, by each name of the customer.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair> + Clone + '_ {
        self.parties.iter().map(|party| (self.number, *party))
    }
}

/// As it stands in a snapshot: a row of numbers.
type Row = (
    (RecordId, u64, i64, i64),
    (Mark, Vec<Mark>),
    (i64, bool, u8, u8),
    Option<Used>,
    Option<u32>,
    Around,
);

impl From<Sent> for Row {
    fn from(sent: Sent) -> Self {
        let how = match sent.how {
            How::Api => 0,
            How::ApiPlain => 1,
            How::Typed => 2,
        };
        let price = match sent.price {
            None => 0,
            Some(Price::Template(Priced::Marketing)) => 1,
            Some(Price::Template(Priced::Utility)) => 2,
            Some(Price::Template(Priced::Authentication)) => 3,
            Some(Price::Service) => 4,
            Some(Price::FreeEntry) => 5,
            Some(Price::Other) => 6,
        };
        (
            (sent.record, sent.entry, sent.captured, sent.seen),
            (sent.number, sent.parties),
            (sent.at, sent.sent_then, how, price),
            sent.template,
            sent.refused,
            sent.around,
        )
    }
}

impl From<Row> for Sent {
    fn from((named, sides, (at, sent_then, how, price), template, refused, around): Row) -> Self {
        let ((record, entry, captured, seen), (number, parties)) = (named, sides);
        let how = match how {
            0 => How::Api,
            1 => How::ApiPlain,
            _ => How::Typed,
        };
        let price = match price {
            0 => None,
            1 => Some(Price::Template(Priced::Marketing)),
            2 => Some(Price::Template(Priced::Utility)),
            3 => Some(Price::Template(Priced::Authentication)),
            4 => Some(Price::Service),
            5 => Some(Price::FreeEntry),
            _ => Some(Price::Other),
        };
        Self {
            record,
            entry,
            captured,
            seen,
            number,
            parties,
            at,
            sent_then,
            how,
            price,
            template,
            refused,
            around,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(at: i64, sent_then: bool, price: Option<Price>) -> Sighting {
        Sighting {
            message: Mark(7),
            number: Mark(1),
            parties: vec![Mark(at.unsigned_abs())],
            at,
            sent_then,
            how: How::Api,
            price,
            free_until: None,
            template: None,
            refused: None,
        }
    }

    fn id(byte: u8) -> RecordId {
        RecordId::from_bytes([byte; 16])
    }

    #[test]
    fn statuses_tell_the_same_in_every_order() {
        let read = sighting(300, false, None);
        let delivered = sighting(200, false, Some(Price::Service));
        let sent = sighting(210, true, None);
        let typed = Sighting { how: How::Typed, ..sighting(211, true, None) };
        let orders = [[&read, &delivered, &sent, &typed], [&typed, &sent, &read, &delivered]];
        let [one, other] = orders.map(|[first, rest @ ..]| {
            let mut message = Sent::first(first, id(1), 5, 1_000);
            rest.into_iter().for_each(|seen| message.see(seen, 1_001));
            message
        });
        assert_eq!(one, other);
        assert_eq!((one.at, one.sent_then, one.how), (210, true, How::Typed));
        assert_eq!(one.price, Some(Price::Service));
        assert_eq!((one.captured, one.seen, one.pairs().count()), (1_000, 1_001, 4));
    }

    #[test]
    fn a_message_survives_a_snapshot() {
        let prices = [
            None,
            Some(Price::Template(Priced::Marketing)),
            Some(Price::Template(Priced::Utility)),
            Some(Price::Template(Priced::Authentication)),
            Some(Price::Service),
            Some(Price::FreeEntry),
            Some(Price::Other),
        ];
        for price in prices {
            for how in [How::Api, How::ApiPlain, How::Typed] {
                let seen = Sighting { how, refused: Some(131_047), ..sighting(9, true, price) };
                let mut message = Sent::first(&seen, id(1), 5, 1_000);
                message.around = Around { previous: Some(3), blind: true, ..Around::default() };
                let json = serde_json::to_string(&message).unwrap();
                assert_eq!(serde_json::from_str::<Sent>(&json).unwrap(), message);
            }
        }
    }
}
