//! The rules of conduct in examples, and against a model that knows everything at once.

mod examples;
mod forgetting;
mod model;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::conduct::config::ConductConfig;
use crate::conduct::finding::{Because, Withdrawal};
use crate::conduct::told;
use crate::policy::consent::{Certainty, Kind, Purpose, Purposes};
use crate::projection::At;
use crate::projection::consent::{ConsentAct, Evidence, Ledger, Means, Signal};
use crate::record::Record;
use crate::tlog::LeafIndex;

const MIRA: &str = "4915550100777";
const NUMBER_ID: &str = "209900000000001";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The first moment of every test: Unix seconds.
const START: i64 = 1_790_000_000;

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A state, the ledger beside it, and the log that feeds both.
struct Book {
    state: State,
    ledger: Ledger,
    measure: Measure,
    entries: u64,
    now: i64,
}

impl Book {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ConductConfig)) -> Self {
        let mut config = ConductConfig {
            template_in_callback: "template=".to_owned(),
            ..ConductConfig::default()
        };
        change(&mut config);
        config.check().unwrap();
        let (state, ledger, measure) = (State::begin(0), Ledger::default(), config.measure());
        Self { state, ledger, measure, entries: 0, now: START }
    }

    fn id(&self) -> RecordId {
        RecordId::new(i64::try_from(self.entries).unwrap(), [1; 10])
    }

    fn place(&self) -> Place {
        Place { entry: self.entries, record: self.id(), captured: self.now }
    }

    /// Captures a record now, without judging.
    fn captured(&mut self, members: &Value) -> RecordId {
        let mut record = json!({"v": 1, "provider": "meta", "field": "messages",
            "origin": "live", "number": "4915550100100", "number_id": NUMBER_ID,
            "account": "109900000000001", "at": self.now, "body": {"kind": "text"}, "raw": {}});
        for (name, member) in members.as_object().unwrap() {
            record[name] = member.clone();
        }
        let record: Record = serde_json::from_str(&record.to_string()).unwrap();
        let place = self.place();
        self.state.take(told::read(&record, &self.measure.template_in_callback), place);
        self.entries += 1;
        place.record
    }

    fn inbound(&mut self, party: &str, at: i64) -> RecordId {
        self.captured(&json!({"class": "message", "direction": "inbound", "at": at,
            "from": {"phone": party}}))
    }

    fn status(&mut self, message: &str, party: &str, kind: &str, at: i64, raw: Value) -> RecordId {
        let relation = json!({"kind": "reports", "provider_id": message});
        self.captured(&json!({"class": "status", "direction": "outbound", "at": at,
            "to": {"phone": party}, "body": {"kind": kind, "relation": relation}, "raw": raw}))
    }

    fn sent(&mut self, message: &str, at: i64, category: &str) -> RecordId {
        self.status(message, MIRA, "sent", at, json!({"pricing": {"category": category}}))
    }

    fn echo(&mut self, message: &str, at: i64) -> RecordId {
        self.captured(&json!({"class": "message", "origin": "echo", "direction": "outbound",
            "provider_id": message, "at": at, "to": {"phone": MIRA}}))
    }

    fn template(&mut self, name: &str, event: &str, at: i64) -> RecordId {
        self.captured(&json!({"class": "account", "field": "message_template_status_update",
            "at": at, "raw": {"event": event, "message_template_name": name}}))
    }

    /// Somebody tells of a signal.
    fn told(&mut self, party: &str, kind: Kind, purposes: &[Purpose], at: i64) -> RecordId {
        let signal = Signal {
            kind,
            certainty: Certainty::Certain,
            subject: vec![party.to_owned()],
            purposes: Purposes::of(purposes.iter().copied()).unwrap(),
            channel: None,
            numbers: vec![],
            at: moment(at),
            expires: None,
            wording: None,
            jurisdiction: None,
            legal_basis: None,
            evidence: Evidence::of_record(Means::Form, RecordId::from_bytes([9; 16])),
        };
        self.act(&ConsentAct::Told { signal: Box::new(signal) }, party, kind, at)
    }

    fn act(&mut self, act: &ConsentAct, party: &str, kind: Kind, at: i64) -> RecordId {
        let Place { entry, record, .. } = self.place();
        let (index, time) = (LeafIndex::new(entry), moment(self.now));
        self.ledger.apply(&At { index, time, record, who: "a1", name: "Dana" }, act).unwrap();
        let against = (kind != Kind::OptIn).then_some(at);
        self.state.consent([Mark::of(party)], against, entry);
        self.entries += 1;
        record
    }

    fn settle(&mut self) {
        self.state.settle(&self.ledger, &self.measure, moment(self.now));
    }

    /// Some time passes.
    fn pass(&mut self, seconds: i64) {
        self.settle();
        self.now += seconds;
        self.settle();
    }

    /// What is open, with why.
    fn open(&mut self) -> Vec<(FindingKind, Because)> {
        self.settle();
        let open = self.state.findings().filter(|finding| finding.withdrawn.is_none());
        open.map(|finding| (finding.id.kind, finding.because)).collect()
    }

    /// Why what was found was withdrawn.
    fn withdrawn(&mut self) -> Vec<Withdrawal> {
        self.settle();
        self.state.findings().filter_map(|finding| Some(finding.withdrawn?.why)).collect()
    }

    /// Written down and read again.
    fn restart(&mut self) {
        self.settle();
        let json = serde_json::to_string(&self.state).unwrap();
        self.state = serde_json::from_str::<State>(&json).unwrap().restored();
    }
}

const MARKETING: &[Purpose] = &[Purpose::Marketing];
const ALL: &[Purpose] = &[Purpose::Service, Purpose::Marketing];
