//! The rules of consent in examples, and against a fold that keeps everything.

mod imports;
mod model;
mod refusals;
mod resting;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::policy::Mark;
use crate::policy::consent::{Certainty, Kind, Notice, Purpose, Purposes, Signals};
use crate::projection::{At, Refused};
use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;

const MIRA: &str = "4915550100777";
const NUMBER: &str = "4915550100100";
const NUMBER_ID: &str = "209900000000001";

/// A moment, in seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A ledger, and the log that feeds it: each entry is an hour after the one before.
struct Book {
    ledger: Ledger,
    entries: u64,
    log: Vec<Logged>,
}

/// What the ledger was fed.
enum Logged {
    Record { index: LeafIndex, time: Timestamp, id: RecordId, record: Box<Record> },
    Act { index: LeafIndex, time: Timestamp, record: RecordId, act: ConsentAct },
}

const HOUR: i64 = 3600;

impl Book {
    fn new() -> Self {
        Self { ledger: Ledger::default(), entries: 0, log: vec![] }
    }

    /// The time of the next entry.
    fn now(&self) -> Timestamp {
        at(i64::try_from(self.entries + 1).unwrap() * HOUR)
    }

    fn id(&self) -> RecordId {
        RecordId::new(self.now().as_millisecond(), [1; 10])
    }

    fn captured(&mut self, members: &Value) -> RecordId {
        let mut record = json!({"v": 1, "class": "consent", "provider": "meta",
            "field": "messages", "origin": "live", "number": NUMBER, "number_id": NUMBER_ID,
            "direction": "inbound", "from": {"phone": MIRA}, "body": {"kind": "opt_out"},
            "raw": {}});
        for (name, member) in members.as_object().unwrap() {
            record[name] = member.clone();
        }
        let record: Record = serde_json::from_str(&record.to_string()).unwrap();
        let (time, id) = (self.now(), self.id());
        let index = LeafIndex::new(self.entries);
        self.ledger.take(index, time, id, &record);
        self.log.push(Logged::Record { index, time, id, record: Box::new(record) });
        self.entries += 1;
        id
    }

    /// A message in which the lexicon recognises something, an hour ago.
    fn said(&mut self, text: &str) -> RecordId {
        let what = Signals::shipped().read(text).unwrap();
        let notice = Notice::Recognised { record: RecordId::from_bytes([7; 16]), what };
        let raw: Value = serde_json::from_str(notice.to_raw().get()).unwrap();
        self.captured(&json!({"raw": raw, "at": self.now().as_second()}))
    }

    fn act(&mut self, act: &ConsentAct) -> Result<RecordId, Refused> {
        let (time, record) = (self.now(), self.id());
        let index = LeafIndex::new(self.entries);
        let at = At { index, time, record, who: "a1b2", name: "Dana" };
        self.ledger.check(&at, act)?;
        self.ledger.apply(&at, act)?;
        self.log.push(Logged::Act { index, time, record, act: act.clone() });
        self.entries += 1;
        Ok(record)
    }

    fn tell(&mut self, signal: &Signal) -> RecordId {
        self.act(&ConsentAct::Told { signal: Box::new(signal.clone()) }).unwrap()
    }

    fn resolve(&mut self, candidate: RecordId, verdict: Verdict) -> Result<RecordId, Refused> {
        let reason = "looked at the conversation".to_owned();
        self.act(&ConsentAct::Resolved { candidate, verdict, purposes: None, reason })
    }

    fn state(&self, who: &str, purpose: Purpose, when: Timestamp) -> State {
        self.ledger.consent(Mark::of(who), &asked(purpose, when)).state
    }
}

fn asked(purpose: Purpose, when: Timestamp) -> Asked {
    let channel = "whatsapp".parse().unwrap();
    Asked { purpose, channel, number: Some(Mark::of(NUMBER)), at: when }
}

fn signal(kind: Kind, purposes: &str, when: i64) -> Signal {
    let mut evidence = Evidence::of_record(Means::Form, RecordId::from_bytes([9; 16]));
    evidence.reference = Some("form 12".to_owned());
    Signal {
        kind,
        certainty: Certainty::Certain,
        subject: vec![MIRA.to_owned()],
        purposes: purposes.parse().unwrap(),
        channel: None,
        numbers: vec![],
        at: at(when),
        expires: None,
        wording: None,
        jurisdiction: None,
        legal_basis: None,
        evidence,
    }
}

#[test]
fn the_latest_signal_counts_from_its_time_on() {
    let mut book = Book::new();
    book.tell(&signal(Kind::OptIn, "marketing", 1000));
    book.said("STOP");
    book.tell(&signal(Kind::OptIn, "marketing", 3 * HOUR));
    let state = |when| book.state(MIRA, Purpose::Marketing, at(when));
    let expected = [
        (999, State::Unknown),
        (1000, State::Given),
        (2 * HOUR - 1, State::Given),
        (2 * HOUR, State::Withdrawn),
        (3 * HOUR - 1, State::Withdrawn),
        (3 * HOUR, State::Given),
    ];
    for (when, expected) in expected {
        assert_eq!(state(when), expected, "{when}");
    }
    assert_eq!(book.state(MIRA, Purpose::Service, at(9 * HOUR)), State::Withdrawn);
    assert_eq!(book.state("4915550100888", Purpose::Service, at(9 * HOUR)), State::Unknown);
}

#[test]
fn the_answer_names_the_evidence() {
    let mut book = Book::new();
    book.said("إلغاء الاشتراك");
    let asked = asked(Purpose::Marketing, at(9 * HOUR));
    let consent = book.ledger.consent(Mark::of("+49 1555 0100-777"), &asked);
    let given = consent.evidence.unwrap();
    assert_eq!(given.signal.evidence.record, Some(RecordId::from_bytes([7; 16])));
    let [word, language, version] = given.signal.evidence.word.as_ref().unwrap();
    assert_eq!((word.as_str(), language.as_str()), ("إلغاء الاشتراك", "ar"));
    assert_eq!(version, Signals::shipped().version());
    assert_eq!((consent.since, consent.then), (Some(at(HOUR)), None));
}

#[test]
fn withdrawing_everything_withdraws_each_and_beats_giving_at_the_same_moment() {
    let mut book = Book::new();
    book.tell(&signal(Kind::OptOut, "all", 100));
    book.tell(&signal(Kind::OptIn, "marketing", 100));
    for purpose in Purpose::ALL {
        assert_eq!(book.state(MIRA, purpose, at(100)), State::Withdrawn);
    }
    book.tell(&signal(Kind::OptIn, "marketing", 101));
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(101)), State::Given);
    assert_eq!(book.state(MIRA, Purpose::Ai, at(101)), State::Withdrawn);
}

#[test]
fn what_expires_ends_by_itself_and_a_refusal_is_told_apart() {
    let mut book = Book::new();
    let given = Signal { expires: Some(at(500)), ..signal(Kind::OptIn, "recording", 100) };
    book.tell(&given);
    book.tell(&signal(Kind::Refused, "ai", 100));
    let state = |purpose, when| book.state(MIRA, purpose, at(when));
    assert_eq!(state(Purpose::Recording, 499), State::Given);
    assert_eq!(state(Purpose::Recording, 500), State::Expired);
    assert_eq!(state(Purpose::Ai, 100), State::Refused);
    let since = book.ledger.consent(Mark::of(MIRA), &asked(Purpose::Recording, at(900))).since;
    assert_eq!(since, Some(at(500)));
}

#[test]
fn a_candidate_pauses_marketing_until_it_is_resolved() {
    for (verdict, after) in [(Verdict::Meant, State::Withdrawn), (Verdict::NotMeant, State::Given)]
    {
        let mut book = Book::new();
        book.tell(&signal(Kind::OptIn, "all", 100));
        let candidate = book.said("cancel");
        assert_eq!(book.state(MIRA, Purpose::Marketing, at(2 * HOUR)), State::InReview);
        assert_eq!(book.state(MIRA, Purpose::Service, at(2 * HOUR)), State::Given);
        assert_eq!(book.ledger.review(None).count(), 1);
        book.resolve(candidate, verdict).unwrap();
        assert_eq!(book.ledger.open(), 0);
        let consent = book.ledger.consent(Mark::of(MIRA), &asked(Purpose::Marketing, at(2 * HOUR)));
        assert_eq!((consent.state, consent.then), (after, Some(State::InReview)));
        assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), after);
        let refused = book.resolve(candidate, verdict).unwrap_err();
        assert!(refused.to_string().contains("no such candidate"), "{refused}");
    }
}

#[test]
fn a_yes_is_no_consent_before_somebody_says_to_what() {
    let mut book = Book::new();
    let candidate = book.said("ναι");
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), State::Unknown);
    let purposes = Purposes::of([Purpose::Recording]);
    let (verdict, reason) = (Verdict::Meant, "was asked about recording".to_owned());
    book.act(&ConsentAct::Resolved { candidate, verdict, purposes, reason }).unwrap();
    assert_eq!(book.state(MIRA, Purpose::Recording, at(HOUR)), State::Given);
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), State::Unknown);
}

#[test]
fn what_is_imported_later_counts_from_its_own_time_and_the_answer_says_so() {
    let mut book = Book::new();
    book.said("STOP");
    for _ in 0..3 {
        book.captured(&json!({}));
    }
    book.tell(&signal(Kind::OptIn, "marketing", 2 * HOUR));
    let consent = |when| book.ledger.consent(Mark::of(MIRA), &asked(Purpose::Marketing, at(when)));
    assert_eq!(consent(2 * HOUR).state, State::Given);
    assert_eq!(consent(2 * HOUR).then, Some(State::Withdrawn), "nobody knew yet");
    assert_eq!(consent(5 * HOUR).then, None);
    book.tell(&signal(Kind::OptIn, "marketing", 10));
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(HOUR)), State::Withdrawn);
}

#[test]
fn a_signal_is_about_its_channel_and_its_number() {
    let mut book = Book::new();
    let channel = Some("email".parse().unwrap());
    book.tell(&Signal { channel, ..signal(Kind::OptIn, "marketing", 100) });
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(100)), State::Unknown);
    let numbers = vec!["+49 1555 0100-100".to_owned()];
    book.tell(&Signal { numbers, ..signal(Kind::OptIn, "marketing", 100) });
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(100)), State::Given);
    let any = Asked { number: None, ..asked(Purpose::Marketing, at(100)) };
    assert_eq!(book.ledger.consent(Mark::of(MIRA), &any).state, State::Unknown);
    book.said("stop");
    let by_id =
        Asked { number: Some(Mark::of(NUMBER_ID)), ..asked(Purpose::Marketing, at(9 * HOUR)) };
    assert_eq!(book.ledger.consent(Mark::of(MIRA), &by_id).state, State::Withdrawn);
}

#[test]
fn a_provider_tells_a_preference() {
    let mut book = Book::new();
    let told = |value: &str, category: &str| {
        json!({"field": "user_preferences", "body": {"kind": value},
            "raw": {"category": category, "value": value}})
    };
    book.captured(&told("stop", "marketing_messages"));
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), State::Withdrawn);
    assert_eq!(book.state(MIRA, Purpose::Service, at(9 * HOUR)), State::Unknown);
    book.captured(&told("resume", "marketing_messages"));
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), State::Given);
    book.captured(&told("resume", "everything"));
    assert_eq!(book.state(MIRA, Purpose::Service, at(9 * HOUR)), State::Unknown);
    book.captured(&told("stop", "everything"));
    assert_eq!(book.state(MIRA, Purpose::Service, at(9 * HOUR)), State::Withdrawn);
    let signals = book.ledger.history(Mark::of(MIRA)).len();
    book.captured(&told("muse", "marketing_messages"));
    book.captured(&json!({"from": null, "body": {"kind": "stop"}}));
    assert_eq!(book.ledger.history(Mark::of(MIRA)).len(), signals);
}

#[test]
fn identifiers_that_are_seen_together_are_one_subject() {
    let mut book = Book::new();
    book.tell(&signal(Kind::OptIn, "all", 100));
    book.captured(&json!({"from": {"user_id": "DE.555"}, "body": {"kind": "stop"},
        "raw": {"category": "marketing_messages"}}));
    assert_eq!(book.state(MIRA, Purpose::Marketing, at(9 * HOUR)), State::Given);
    book.captured(&json!({"from": {"phone": MIRA, "user_id": "DE.555"}}));
    for name in [MIRA, "de.555"] {
        assert_eq!(book.state(name, Purpose::Marketing, at(9 * HOUR)), State::Withdrawn);
        assert_eq!(book.state(name, Purpose::Service, at(9 * HOUR)), State::Given);
    }
    assert_eq!(book.ledger.identifiers(Mark::of(MIRA)), [MIRA, "DE.555"]);
}

#[test]
fn a_new_number_brings_the_old_ones_signals_along_open_candidates_too() {
    let mut book = Book::new();
    let candidate = book.said("cancel");
    let notice = Notice::Joined { record: RecordId::from_bytes([7; 16]) };
    let raw: Value = serde_json::from_str(notice.to_raw().get()).unwrap();
    book.captured(&json!({"body": {"kind": "joined", "mentions": [{"phone": "4915550100888"}]},
        "raw": raw}));
    assert_eq!(book.state("4915550100888", Purpose::Marketing, at(9 * HOUR)), State::InReview);
    book.resolve(candidate, Verdict::Meant).unwrap();
    assert_eq!(book.state("4915550100888", Purpose::Marketing, at(9 * HOUR)), State::Withdrawn);
}

#[test]
fn what_cannot_be_told_is_refused_with_what_to_do() {
    let mut book = Book::new();
    let good = signal(Kind::OptIn, "marketing", 100);
    let cases: [(&str, Signal); 9] = [
        ("one to eight", Signal { subject: vec![], ..good.clone() }),
        ("one to eight", Signal { subject: vec![MIRA.to_owned(); 9], ..good.clone() }),
        ("256 bytes", Signal { subject: vec!["x".repeat(257)], ..good.clone() }),
        ("256 bytes", Signal { jurisdiction: Some(" ".to_owned()), ..good.clone() }),
        ("in the future", Signal { at: at(HOUR + 1), ..good.clone() }),
        ("must be after", Signal { expires: Some(at(100)), ..good.clone() }),
        (
            "only what is given",
            Signal { expires: Some(at(101)), kind: Kind::OptOut, ..good.clone() },
        ),
        ("one business number", Signal { numbers: vec![NUMBER.to_owned(); 3], ..good.clone() }),
        ("certain", Signal { certainty: Certainty::Candidate, ..good.clone() }),
    ];
    for (told, signal) in cases {
        let signal = Box::new(signal);
        let refused = book.act(&ConsentAct::Told { signal }).unwrap_err();
        assert!(refused.to_string().contains(told), "{told}: {refused}");
    }
    let mut nothing = good.clone();
    (nothing.evidence.record, nothing.evidence.reference) = (None, None);
    let lines = vec![Line { line: 2, signal: good }, Line { line: 3, signal: nothing }];
    let import = ConsentAct::Imported { sha256: "0".repeat(64), lines };
    let refused = book.act(&import).unwrap_err();
    assert!(refused.to_string().starts_with("line 3: evidence"), "{refused}");
    assert!(book.ledger.history(Mark::of(MIRA)).is_empty(), "nothing of it is taken");
}

#[test]
fn a_signal_that_is_known_is_recognised_by_any_identifier() {
    let mut book = Book::new();
    let told = signal(Kind::OptIn, "marketing", 100);
    assert_eq!(book.ledger.told(&told), Told::New);
    let record = book.tell(&told);
    let again = Signal { subject: vec!["+49 1555 0100 777".to_owned()], ..told.clone() };
    assert_eq!(book.ledger.told(&again), Told::Known(SignalId { record, line: 0 }));
    assert_eq!(book.ledger.told(&Signal { at: at(101), ..told }), Told::New);
}

#[test]
fn an_act_survives_its_json() {
    let lines = vec![Line { line: 2, signal: signal(Kind::Expired, "ai service", 5) }];
    let acts = [
        ConsentAct::Told { signal: Box::new(signal(Kind::OptIn, "all", 5)) },
        ConsentAct::Imported { sha256: "0".repeat(64), lines },
        ConsentAct::Resolved {
            candidate: RecordId::from_bytes([1; 16]),
            verdict: Verdict::NotMeant,
            purposes: None,
            reason: "an order".to_owned(),
        },
    ];
    for act in acts {
        let json = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<ConsentAct>(&json).unwrap(), act, "{json}");
    }
}
