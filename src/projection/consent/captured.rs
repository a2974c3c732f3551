//! What captured records of class `consent` tell.

use jiff::Timestamp;
use serde::Deserialize;

use super::signal::{Evidence, Means, Signal};
use crate::policy::consent::{Certainty, Channel, Kind, Notice, Purpose, Purposes};
use crate::record::{Party, Record, RecordId};

/// What a record tells the ledger.
pub(super) enum Captured {
    /// Consent given or withdrawn.
    Signal(Box<Signal>),
    /// These identifiers are of one person.
    Same(Vec<String>),
    /// Nothing that counts.
    Nothing,
}

/// What identifies a party for good. A user name does not: it can change hands.
pub(super) fn identifiers(party: Option<&Party>) -> Vec<String> {
    let party = party.into_iter();
    let all = party.flat_map(|party| [&party.phone, &party.user_id, &party.parent_user_id]);
    all.flatten().filter(|identifier| !identifier.trim().is_empty()).cloned().collect()
}

/// Reads a record of class `consent` that was captured at `time`.
pub(super) fn read(record: &Record, id: RecordId, time: Timestamp) -> Captured {
    let subject = identifiers(record.from.as_ref());
    if subject.is_empty() {
        return Captured::Nothing;
    }
    let at = record.at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    // Nothing is said after it was captured.
    let at = at.map_or(time, |at| at.min(time));
    let signal = |kind, certainty, purposes, evidence| Signal {
        kind,
        certainty,
        subject: subject.clone(),
        purposes,
        channel: Some(Channel::whatsapp()),
        numbers: [&record.number, &record.number_id].into_iter().flatten().cloned().collect(),
        at,
        expires: None,
        wording: None,
        jurisdiction: None,
        legal_basis: None,
        evidence,
    };
    match Notice::of(&record.raw) {
        Some(Notice::Recognised { record, what }) => {
            let mut evidence = Evidence::of_record(Means::Message, record);
            evidence.word = Some([what.word, what.language, what.lexicon_version]);
            let signal = signal(what.kind, what.certainty, what.purposes, evidence);
            Captured::Signal(Box::new(signal))
        }
        Some(Notice::Joined { .. }) => {
            let now = record.body.mentions.iter().flat_map(|party| identifiers(Some(party)));
            Captured::Same(subject.iter().cloned().chain(now).collect())
        }
        None => match preference(record) {
            Some((kind, purposes)) => {
                let evidence = Evidence::of_record(Means::Preference, id);
                Captured::Signal(Box::new(signal(kind, Certainty::Certain, purposes, evidence)))
            }
            None => Captured::Same(subject),
        },
    }
}

/// What a provider's `user_preferences` says. A stop of a category that we do not know
/// stops all; a resumption of one gives nothing.
fn preference(record: &Record) -> Option<(Kind, Purposes)> {
    #[derive(Deserialize)]
    struct Preference {
        #[serde(default)]
        category: serde_json::Value,
    }
    let told: Preference = serde_json::from_str(record.raw.get()).ok()?;
    let marketing = Purposes::of([Purpose::Marketing]);
    let known = told.category.as_str().filter(|category| *category == "marketing_messages");
    let known = known.and(marketing);
    match record.body.kind.as_str() {
        "stop" => Some((Kind::OptOut, known.unwrap_or(Purposes::ALL))),
        "resume" => Some((Kind::OptIn, known?)),
        _ => None,
    }
}
