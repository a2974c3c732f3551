//! The story of the demonstration: five days at Halyard Brokers, a fictional
//! house for trading and shipping whose staff answer customers on WhatsApp.
//!
//! Staff type on the telephone, so that what they say arrives as echoes;
//! software sends through the Cloud API, of which only statuses arrive. The
//! people, numbers and sentences are invented; the data files beside this one
//! hold them, one line an event. What is here composes the exact bodies that
//! Meta would send, and says what an archive must make of each.
//!
//! It knows nothing of the archive: the demonstration and the tests feed it
//! the deliveries and compare.

#![allow(dead_code, reason = "each test and the demonstration use a different part of the story")]
#![allow(unreachable_pub, reason = "this file is a module wherever it is included")]

use std::collections::{BTreeMap, BTreeSet};

use ring::hmac;

#[path = "story/content.rs"]
mod content;
#[path = "story/deliveries.rs"]
mod deliveries;
#[path = "story/elements.rs"]
mod elements;
#[path = "story/envelope.rs"]
mod envelope;
#[path = "story/json.rs"]
mod json;
#[path = "story/media.rs"]
mod media;
#[path = "story/past.rs"]
mod past;
#[path = "story/script.rs"]
mod script;
#[cfg(test)]
#[path = "story/tests.rs"]
mod tests;
#[path = "story/titles.rs"]
mod titles;

pub use media::Medium;

/// The fictional secret of the Meta app, with which deliveries are signed.
pub const APP_SECRET: &str = "5d1f0a7c9be34286a0d6e1c47b93f82e";
/// What the forger signs with.
pub const FORGED_SECRET: &str = "00000000000000000000000000000000";
/// The token that Meta's handshake presents.
pub const VERIFY_TOKEN: &str = "halyard-quay-4-verify";
/// `phone_number_id` of the trading desk.
pub const TRADING_NUMBER_ID: &str = "207700000000011";
/// `phone_number_id` of the shipping desk.
pub const SHIPPING_NUMBER_ID: &str = "207700000000021";
/// WhatsApp Business Account id of the trading desk.
pub const TRADING_ACCOUNT_ID: &str = "107700000000010";
/// WhatsApp Business Account id of the shipping desk.
pub const SHIPPING_ACCOUNT_ID: &str = "107700000000020";

/// The status an authentic delivery must be answered with, whatever it holds.
pub const STATUS_TAKEN: u16 = 200;
/// The status a forged delivery must be answered with.
pub const STATUS_FORGED: u16 = 401;

/// Everything that is told.
#[derive(Debug)]
pub struct Story {
    /// The deliveries in order of arrival.
    pub deliveries: Vec<Delivery>,
    /// The media that the deliveries announce, each exactly once.
    pub media: Vec<Medium>,
    script: script::Script,
}

/// One HTTP request of the provider.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What happens, in one line for a reader.
    pub title: String,
    /// When it arrives: Unix seconds.
    pub at: i64,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// Whether the provider signed it.
    pub signature: Signature,
    /// What an archive must make of it.
    pub expect: Expect,
}

/// Who signed a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The provider, with [`APP_SECRET`].
    Good,
    /// Somebody else, with [`FORGED_SECRET`].
    Forged,
}

/// What an archive must make of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The HTTP status to answer with.
    pub status: u16,
    /// Whether it is authentic and brings something that has not been seen
    /// before, so that the delivery itself is kept.
    pub new: bool,
    /// How many records of each class its elements become, beyond the delivery
    /// and the media. Empty where every element is known already.
    pub records: BTreeMap<&'static str, usize>,
}

/// A search of the demonstration with the labelled message it must find.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// What is typed.
    pub query: &'static str,
    /// Restricts the search to the conversations of this customer (a phone number).
    pub party: Option<&'static str>,
    /// The label of the one message of the story that answers it.
    pub finds: &'static str,
    /// What it shows.
    pub shows: &'static str,
}

/// Searches with exactly one answer each.
pub const SEARCHES: [Search; 5] = [
    Search {
        query: "فاتورة",
        party: None,
        finds: "layla-invoice",
        shows: "an Arabic word that was written with its article",
    },
    Search {
        query: "παραλαβη",
        party: None,
        finds: "nikos-missing",
        shows: "a Greek word that was written with its accent",
    },
    Search {
        query: "\"amend the bill of lading\"",
        party: None,
        finds: "greta-bl",
        shows: "an English phrase",
    },
    Search {
        query: "\"sure thing\"",
        party: None,
        finds: "ada-promise",
        shows: "a promise that was deleted on the telephone",
    },
    Search {
        query: "confirmo",
        party: Some("351900000171"),
        finds: "joana-confirms",
        shows: "a word within one customer's conversation",
    },
];

/// Tells the story.
pub fn story() -> Story {
    let script = script::Script::read();
    let deliveries = deliveries::deliveries(&script);
    Story { deliveries, media: media::MEDIA.to_vec(), script }
}

/// The value of `X-Hub-Signature-256` for a body.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

impl Delivery {
    /// The value of its `X-Hub-Signature-256` header.
    pub fn signature_header(&self) -> String {
        let secret = match self.signature {
            Signature::Good => APP_SECRET,
            Signature::Forged => FORGED_SECRET,
        };
        sign(secret, &self.body)
    }
}

impl Story {
    /// The wamid of the message with that label in the data files.
    pub fn id_of(&self, label: &str) -> &str {
        self.script.id_of(label)
    }

    /// How many records of class `message` an archive of the whole story holds.
    pub fn expected_messages(&self) -> usize {
        self.expected_records_by_class().get("message").copied().unwrap_or(0)
    }

    /// How many records of each class an archive of the whole story holds,
    /// media fetched and deliveries kept.
    pub fn expected_records_by_class(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for delivery in &self.deliveries {
            for (class, count) in &delivery.expect.records {
                *counts.entry(*class).or_insert(0) += count;
            }
        }
        *counts.entry("consent").or_insert(0) += self.expected_notes();
        counts.insert("medium", self.media.len());
        counts.insert("delivery", self.deliveries.iter().filter(|one| one.expect.new).count());
        counts
    }

    /// How many records the archive adds of its own: that a customer wrote to stop, and
    /// that one has another number from now on.
    fn expected_notes(&self) -> usize {
        let is_noted = |line: &&script::Line| {
            line.get("moves_to").is_some()
                || line.get("id").is_some_and(|label| label.ends_with("-stop"))
        };
        self.script.lines.iter().filter(is_noted).count()
    }

    /// The languages that are spoken.
    pub fn languages(&self) -> BTreeSet<&str> {
        self.script.lines.iter().filter_map(|line| line.get("lang")).collect()
    }
}
