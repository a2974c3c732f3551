//! What a person is told beside their records (GDPR art. 15(1)): what kinds there are,
//! from where, how long they are kept and by what rule, to whom they went, and what they
//! consented to. What the archive does not know is said to be so, never invented.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::policy::consent::{Channel, Purpose};
use crate::policy::{Decision, Due, Mark};
use crate::projection::Projection;
use crate::projection::consent::{Asked, Given};
use crate::projection::subjects::{IdentifierKind, Identity};
use crate::query::view::consent::SignalView;
use crate::record::{Class, Origin, Record};

/// What is counted while records are written.
#[derive(Debug, Default)]
pub(super) struct About {
    classes: BTreeMap<Class, Span>,
    origins: BTreeMap<&'static str, u64>,
    numbers: BTreeSet<String>,
    rules: BTreeMap<(String, u32, String), Kept>,
    unruled: u64,
}

/// How many, from when to when.
#[derive(Clone, Copy, Debug, Serialize)]
struct Span {
    records: u64,
    first: Timestamp,
    last: Timestamp,
}

/// How long records are kept by a rule.
#[derive(Debug, Default, Serialize)]
struct Kept {
    authority: Vec<String>,
    records: u64,
    /// How many wait for something that has not come.
    waiting: u64,
    first_due: Option<Timestamp>,
    last_due: Option<Timestamp>,
}

impl About {
    /// Counts a record of the person.
    pub(super) fn take(&mut self, record: &Record, at: Timestamp, decision: Option<&Decision>) {
        let span = Span { records: 0, first: at, last: at };
        let span = self.classes.entry(record.class).or_insert(span);
        span.records += 1;
        (span.first, span.last) = (span.first.min(at), span.last.max(at));
        *self.origins.entry(of_origin(record.origin)).or_default() += 1;
        self.numbers.extend(record.number.clone().or_else(|| record.number_id.clone()));
        if let Some(decision) = decision {
            self.decided(decision);
        }
    }

    fn decided(&mut self, decision: &Decision) {
        let Some(by) = decision.by.and_then(|by| decision.applied.get(by)) else {
            self.unruled += 1;
            return;
        };
        let key = (by.schedule.clone(), by.version, by.rule.clone());
        let kept = self.rules.entry(key).or_default();
        kept.authority.clone_from(&by.authority);
        kept.records += 1;
        match decision.due {
            Due::At(due) => {
                kept.first_due = Some(kept.first_due.map_or(due, |first| first.min(due)));
                kept.last_due = Some(kept.last_due.map_or(due, |last| last.max(due)));
            }
            Due::Waiting | Due::Unruled => kept.waiting += 1,
        }
    }

    /// `about.json`.
    pub(super) fn told(&self, identity: &Identity, consent: &Value, archive: &str) -> Value {
        let kinds = self.classes.iter().map(|(class, span)| {
            json!({"class": class, "what": of_class(*class), "records": span.records,
                "first": span.first, "last": span.last})
        });
        let sources = self.origins.iter();
        let rules = self.rules.iter().map(|((schedule, version, rule), kept)| {
            json!({"schedule": schedule, "version": version, "rule": rule, "kept": kept})
        });
        json!({
            "archive": archive,
            "person": identity.identifiers(),
            "categories": kinds.collect::<Vec<_>>(),
            "sources": sources
                .map(|(what, records)| json!({"what": what, "records": records}))
                .collect::<Vec<_>>(),
            "business_numbers": self.numbers,
            "retention": {
                "rules": rules.collect::<Vec<_>>(),
                "without_a_rule": self.unruled,
                "note": "A record is kept until the latest date that a rule sets, and longer \
                    where a legal obligation or claim requires it.",
            },
            "consent": consent,
            "recipients": [{
                "who": "Meta Platforms (WhatsApp Business Platform)",
                "why": "carries the messages between the person and the business",
            }],
            "not_known_to_the_archive": [
                "the purposes of the processing and its legal grounds",
                "other recipients, and transfers to third countries",
                "whether decisions were made by a program; the archive makes none about people",
            ],
        })
    }
}

/// What the person consents to now, and every signal of theirs; names of staff are not in
/// it.
pub(super) fn consent_of(projection: &Projection, identity: &Identity, now: Timestamp) -> Value {
    let ledger = &projection.consent;
    // A user name may be another person's: it asks for nothing.
    let sure = identity.identifiers().iter().filter(|it| it.kind != IdentifierKind::UserName);
    let marks: Vec<Mark> = sure.map(|it| Mark::of(&it.value)).collect();
    let mut signals: BTreeMap<_, &Given> = BTreeMap::new();
    for given in marks.iter().flat_map(|mark| ledger.history(*mark)) {
        let is_theirs = given.signal.subject.iter().any(|it| marks.contains(&Mark::of(it)));
        if is_theirs {
            signals.insert((given.signal.at, given.index, given.id.line), given);
        }
    }
    let state = |purpose: Purpose| {
        let channel = Channel::whatsapp();
        let asked = Asked { purpose, channel, number: None, at: now };
        let found = marks.iter().map(|mark| ledger.consent(*mark, &asked));
        let known = found.max_by_key(|found| found.since);
        known.map(|known| json!({"purpose": purpose, "state": known.state, "since": known.since}))
    };
    let signals = signals.values().map(|given| without_staff(&SignalView::of(given)));
    json!({
        "as_of": now,
        "whatsapp": Purpose::ALL.into_iter().filter_map(state).collect::<Vec<_>>(),
        "signals": signals.collect::<Vec<_>>(),
    })
}

fn without_staff(signal: &SignalView) -> Value {
    let mut told = serde_json::to_value(signal).expect("texts and numbers are JSON");
    for place in ["", "/resolution"] {
        if let Some(members) = told.pointer_mut(place).and_then(Value::as_object_mut) {
            members.remove("by");
        }
    }
    told
}

const fn of_class(class: Class) -> &'static str {
    match class {
        Class::Account => "notices about a business account, number or template",
        Class::Call => "calls: their beginning and end",
        Class::Consent => "what was noticed or told of consent",
        Class::Contact => "the address book, and changes of number or id",
        Class::Message => "messages, edits, reactions, and what was taken back",
        Class::Status => "what became of a message: sent, delivered, read, failed",
        Class::Unrecognised => "what the archive does not understand, kept whole",
        Class::Access | Class::Delivery | Class::Governance | Class::Medium => "other",
    }
}

const fn of_origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "delivered by WhatsApp as it happened",
        Origin::Echo => "typed by staff in the WhatsApp Business app",
        Origin::History => "synchronised from the past of a number that joined",
        Origin::Standby => "while another application owned the conversation",
    }
}
