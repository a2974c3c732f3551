use super::*;
use crate::projection::findings::FindingKind::{AfterOptOut, OutsideWindow, WithoutConsent};

#[test]
fn a_message_is_forgotten_when_the_provider_tells_nothing_more_and_its_finding_stays() {
    let mut book = Book::new();
    book.sent("wamid.1", START, "marketing");
    book.inbound(MIRA, START);
    book.sent("wamid.2", START, "service");
    book.status("wamid.3", MIRA, "delivered", START, json!({}));
    book.pass(8 * DAY);
    assert_eq!(book.state.remembered(), 3);
    book.pass(2 * HOUR);
    assert_eq!(book.state.remembered(), 0);
    let counts = book.state.counts();
    assert_eq!((counts.messages, counts.unclear), (3, 1), "of one it is not known when");
    assert_eq!(book.open(), [(WithoutConsent, Because::NeverGiven)]);
    book.restart();
    // It is judged again when something is told about consent, and by nothing else.
    book.told("4930111", Kind::OptIn, MARKETING, START - DAY);
    assert_eq!(book.open().len(), 1);
    book.told(MIRA, Kind::OptIn, MARKETING, START - DAY);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::ConsentTold]));
}

#[test]
fn what_is_read_weeks_later_is_not_judged_by_a_window_that_is_forgotten() {
    let mut book = Book::new();
    book.inbound(MIRA, START - HOUR);
    book.sent("wamid.1", START, "service");
    for _ in 0..4 {
        book.pass(5 * DAY);
        let now = book.now;
        book.status("wamid.1", MIRA, "read", now, json!({}));
        book.told(MIRA, Kind::OptIn, ALL, now);
        assert_eq!(book.open(), [], "it was an answer");
    }
    assert_eq!(book.state.remembered(), 1);
    // What nobody remembers the sending of is not accused.
    let now = book.now;
    book.status("wamid.9", MIRA, "read", now, json!({"pricing": {"category": "service"}}));
    book.sent("wamid.8", now - 8 * DAY, "service");
    assert_eq!(book.open(), []);
}

#[test]
fn an_opt_out_older_than_what_is_remembered_asks_for_the_log_from_its_beginning() {
    let mut book = Book::new();
    book.sent("wamid.1", START, "utility");
    book.pass(10 * DAY);
    let now = book.now;
    book.told(MIRA, Kind::OptOut, ALL, now - HOUR);
    book.told(MIRA, Kind::OptIn, ALL, START - DAY);
    book.settle();
    assert!(!book.state.must_begin_again(), "nothing that is forgotten came after");
    book.told(MIRA, Kind::OptOut, ALL, START - HOUR);
    book.settle();
    assert!(book.state.must_begin_again());
    // By who begins now it is known from the beginning.
    let before = std::mem::replace(&mut book.state, State::begin(book.entries));
    book.now = START;
    book.sent("wamid.1", START, "utility");
    book.pass(10 * DAY);
    book.state.consent([Mark::of(MIRA)], Some(START - HOUR), 2);
    book.settle();
    assert!(!book.state.must_begin_again());
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)]);
    book.state.succeed(before, moment(book.now));
    assert_eq!(book.open().len(), 1);
}

#[test]
fn what_is_found_no_more_when_the_log_is_read_again_is_withdrawn_and_the_rest_keeps_its_day() {
    let mut book = Book::new();
    book.sent("wamid.1", START, "marketing");
    book.settle();
    let found = book.state.findings().next().unwrap().found;
    let mut anew = State::begin(book.entries);
    anew.succeed(book.state.clone(), moment(START + DAY));
    let why = anew.findings().next().unwrap().withdrawn.unwrap().why;
    assert_eq!(why, Withdrawal::ConsentTold);
    book.now += DAY;
    let before = std::mem::replace(&mut book.state, State::begin(book.entries));
    book.entries = 0;
    book.sent("wamid.1", START, "marketing");
    book.settle();
    book.state.succeed(before, moment(book.now));
    assert_eq!(book.state.findings().next().unwrap().found, found);
}

#[test]
fn where_a_message_was_destroyed_nobody_is_accused() {
    let mut book = Book::new();
    book.state.unread(START - 20 * HOUR);
    book.sent("wamid.1", START, "service");
    assert_eq!(book.open(), [], "it may have opened the window");
    book.now += DAY;
    book.sent("wamid.2", START + 6 * HOUR, "service");
    assert_eq!(book.open(), [(OutsideWindow, Because::NoMessage)]);
    // The same, where it is destroyed after it was read.
    let mut book = Book::new();
    let entry = book.entries;
    book.inbound(MIRA, START);
    book.now += DAY;
    book.sent("wamid.1", START + HOUR, "service");
    book.settle();
    book.state.destroyed(|other| other == entry);
    book.told(MIRA, Kind::OptIn, ALL, START);
    book.sent("wamid.2", START + 2 * HOUR, "service");
    assert_eq!(book.open(), []);
}

#[test]
fn a_destroyed_record_takes_its_findings_with_it() {
    let mut book = Book::new();
    let entry = book.entries;
    book.sent("wamid.1", START, "marketing");
    let kept = book.sent("wamid.2", START, "marketing");
    assert_eq!(book.open().len(), 2);
    assert!(book.state.take_changed());
    book.state.destroyed(|other| other == entry);
    assert!(book.state.take_changed());
    let left: Vec<_> = book.state.findings().map(|finding| finding.id.record).collect();
    assert_eq!(left, [kept]);
    assert_eq!((book.state.counts().erased, book.state.remembered()), (1, 1));
    assert!(!book.state.take_changed());
}

#[test]
fn memory_and_the_list_have_an_end() {
    let mut book = Book::with(|config| (config.messages_max, config.findings_max) = (16, 3));
    for number in 0..40 {
        book.now += 1;
        let (message, at) = (format!("wamid.{number}"), book.now);
        book.sent(&message, at, "marketing");
        book.settle();
        assert!(book.state.remembered() <= 16, "{number}");
    }
    assert_eq!(book.open().len(), 3);
    assert!(book.state.counts().full);
    assert_eq!(book.state.counts().messages + book.state.remembered() as u64, 40);
}

#[test]
fn what_is_ending_comes_and_goes() {
    let mut book = Book::new();
    let id = FindingId { kind: FindingKind::ConsentEnding, record: book.id(), line: 3 };
    let finding = Finding {
        id,
        entry: 0,
        at: moment(START + DAY),
        found: moment(START),
        because: Because::ConsentEnds,
        certain: true,
        evidence: None,
        withdrawn: None,
    };
    book.state.ending(moment(START), vec![finding.clone()], 10);
    book.state.ending(moment(START + HOUR), vec![finding.clone()], 10);
    assert!(book.state.take_changed());
    assert_eq!(book.state.findings().collect::<Vec<_>>(), [&finding]);
    book.state.ending(moment(START + HOUR), vec![finding.clone()], 10);
    assert!(!book.state.take_changed(), "nothing new");
    book.state.ending(moment(START + 2 * HOUR), vec![], 10);
    assert_eq!(book.withdrawn(), [Withdrawal::Settled]);
}

#[test]
fn what_was_found_stays_where_records_of_consent_were_destroyed_and_nobody_more_is_accused() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptIn, MARKETING, START - DAY);
    book.sent("wamid.1", START, "marketing");
    let other = book.status(
        "wamid.2",
        "4930111",
        "sent",
        START,
        json!({"pricing":
        {"category": "marketing"}}),
    );
    assert_eq!(book.open(), [(WithoutConsent, Because::NeverGiven)]);
    // What Mira had said is gone.
    book.ledger = Ledger::default();
    book.state.consent_destroyed(START + HOUR);
    book.state.resolved(false, book.entries);
    assert_eq!(book.open().len(), 1);
    book.told("4930111", Kind::OptIn, MARKETING, START - DAY);
    assert_eq!(book.open().len(), 1, "somebody has to look");
    book.now += DAY;
    book.sent("wamid.3", START + 2 * HOUR, "marketing");
    assert_eq!(book.open().len(), 2, "what comes later is judged");
    let mut anew = State::begin(book.entries);
    anew.consent_destroyed(START + HOUR);
    anew.succeed(book.state.clone(), moment(book.now));
    let open = anew.findings().filter(|finding| finding.withdrawn.is_none());
    assert_eq!(open.map(|finding| finding.id.record).collect::<Vec<_>>(), [other]);
}

#[test]
fn the_past_of_a_number_that_joined_is_not_held_against_anybody_for_want_of_what_was_answered() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptOut, ALL, START - 60 * DAY);
    book.captured(&json!({"class": "message", "origin": "history", "direction": "outbound",
        "provider_id": "wamid.1", "at": START - 50 * DAY, "to": {"phone": MIRA}}));
    assert_eq!(book.open(), [], "they may have asked for it");
    book.echo("wamid.2", START - DAY);
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)]);
}

#[test]
fn what_a_destroyed_notice_told_of_a_template_counts_no_more() {
    let mut book = Book::new();
    let entry = book.entries;
    book.template("spring", "PAUSED", START - DAY);
    book.state.destroyed(|other| other == entry);
    let noted = json!({"pricing": {"category": "utility"},
        "biz_opaque_callback_data": "template=spring"});
    book.status("wamid.1", MIRA, "sent", START, noted);
    assert_eq!(book.open(), []);
}
