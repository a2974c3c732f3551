//! Whatever the order in which records come, and however the log is cut into pieces: what
//! is open in the end is what a look at everything at once says.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::policy::consent::Channel;
use crate::projection::consent::{Asked, State as Consents};

const PARTIES: [&str; 2] = [MIRA, "4930111"];
const MESSAGES: usize = 5;

/// Something that a record tells.
#[derive(Clone, Debug)]
enum Event {
    Inbound { party: usize, at: i64 },
    Status { message: usize, is_sent: bool, at: i64, price: Option<&'static str> },
    Echo { message: usize, at: i64 },
    Template { paused: bool, at: i64 },
    Signal { party: usize, kind: Kind, all: bool, at: i64 },
}

/// Often near one another: within minutes of a few places.
fn moments() -> impl Strategy<Value = i64> {
    (0..6_i64, prop::sample::select(vec![0, 30, 90, 200, 400, 3000]))
        .prop_map(|(place, after)| START + place * 10 * HOUR + after)
}

fn events() -> impl Strategy<Value = Event> {
    let party = 0..PARTIES.len();
    let prices = vec![None, Some("marketing"), Some("utility"), Some("service"), Some("service")];
    let kind = prop::sample::select(vec![Kind::OptIn, Kind::OptOut, Kind::Refused]);
    let status = (0..MESSAGES, prop::bool::weighted(0.7), moments(), prop::sample::select(prices));
    prop_oneof![
        3 => (party.clone(), moments()).prop_map(|(party, at)| Event::Inbound { party, at }),
        6 => status.prop_map(
            |(message, is_sent, at, price)| Event::Status { message, is_sent, at, price }
        ),
        1 => (0..MESSAGES, moments()).prop_map(|(message, at)| Event::Echo { message, at }),
        1 => (any::<bool>(), moments()).prop_map(|(paused, at)| Event::Template { paused, at }),
        2 => (party, kind, any::<bool>(), moments())
            .prop_map(|(party, kind, all, at)| Event::Signal { party, kind, all, at }),
    ]
}

/// The messages with an even number are marked with the template that changes.
fn note_of(message: usize) -> &'static str {
    if message.is_multiple_of(2) { "template=spring" } else { "" }
}

fn party_of(message: usize) -> usize {
    message % PARTIES.len()
}

fn name_of(message: usize) -> String {
    format!("wamid.{message}")
}

/// What happened, in a book; of what tells of a message, which record does.
fn happen(book: &mut Book, event: &Event) -> Option<(usize, RecordId)> {
    match *event {
        Event::Inbound { party, at } => {
            book.inbound(PARTIES[party], at);
            None
        }
        Event::Status { message, is_sent, at, price } => {
            let mut raw = json!({"biz_opaque_callback_data": note_of(message)});
            if let Some(price) = price {
                raw["pricing"] = json!({"category": price});
            }
            let kind = if is_sent { "sent" } else { "delivered" };
            let party = PARTIES[party_of(message)];
            Some((message, book.status(&name_of(message), party, kind, at, raw)))
        }
        Event::Echo { message, at } => {
            let record = json!({"class": "message", "origin": "echo", "direction": "outbound",
                "provider_id": name_of(message), "at": at,
                "to": {"phone": PARTIES[party_of(message)]}});
            Some((message, book.captured(&record)))
        }
        Event::Template { paused, at } => {
            book.template("spring", if paused { "PAUSED" } else { "APPROVED" }, at);
            None
        }
        Event::Signal { party, kind, all, at } => {
            book.told(PARTIES[party], kind, if all { ALL } else { MARKETING }, at);
            None
        }
    }
}

/// What all events together say of one message.
#[derive(Debug, Default)]
struct Known {
    times: Vec<i64>,
    sent: Vec<i64>,
    prices: BTreeSet<&'static str>,
    typed: bool,
    noted: bool,
}

impl Known {
    fn of(events: &[Event], of: usize) -> Option<Self> {
        let mut known = Self::default();
        for event in events {
            match *event {
                Event::Status { message, is_sent, at, price } if message == of => {
                    known.times.push(at);
                    known.sent.extend(is_sent.then_some(at));
                    known.prices.extend(price);
                    known.noted = !note_of(of).is_empty();
                }
                Event::Echo { message, at } if message == of => {
                    known.times.push(at);
                    known.sent.push(at);
                    known.typed = true;
                }
                Event::Inbound { .. }
                | Event::Status { .. }
                | Event::Echo { .. }
                | Event::Template { .. }
                | Event::Signal { .. } => {}
            }
        }
        (!known.times.is_empty()).then_some(known)
    }

    fn at(&self) -> i64 {
        self.sent.iter().min().or(self.times.iter().min()).copied().unwrap()
    }

    /// Where prices differ, the strictest one counts.
    fn price(&self) -> Option<&'static str> {
        ["marketing", "utility", "service"].into_iter().find(|price| self.prices.contains(price))
    }
}

/// Every finding that there should be.
fn expected(events: &[Event], ledger: &Ledger) -> BTreeSet<(FindingKind, usize)> {
    let all: Vec<Option<Known>> = (0..MESSAGES).map(|it| Known::of(events, it)).collect();
    let mut found = BTreeSet::new();
    for (message, known) in all.iter().enumerate() {
        let Some(known) = known.as_ref().filter(|known| !known.sent.is_empty()) else { continue };
        let at = known.at();
        let wrote = |from: i64| wrote(events, party_of(message), from, at + 60);
        let day_before = at - DAY - 60;
        if known.price() == Some("service") && !known.typed && !wrote(day_before) {
            found.insert((FindingKind::OutsideWindow, message));
        }
        if known.noted && is_paused(events, at) {
            found.insert((FindingKind::TemplateNotApproved, message));
        }
        let is_offer = known.price() == Some("marketing");
        let purpose = if is_offer { Purpose::Marketing } else { Purpose::Service };
        let (channel, number) = (Channel::whatsapp(), Some(Mark::of(NUMBER_ID)));
        let asked = Asked { purpose, channel, number, at: moment(at) };
        let held = ledger.consent(Mark::of(PARTIES[party_of(message)]), &asked);
        match held.state {
            Consents::Unknown if is_offer => {
                found.insert((FindingKind::WithoutConsent, message));
            }
            Consents::Withdrawn | Consents::Refused => {
                let since = held.since.unwrap().as_second();
                let confirms = at - since <= 300 && is_first(&all, message, since);
                let answers = wrote(day_before.max(since + 1));
                if is_offer || !(confirms || answers) {
                    found.insert((FindingKind::AfterOptOut, message));
                }
            }
            Consents::Unknown | Consents::Given | Consents::Expired | Consents::InReview => {}
        }
    }
    found
}

fn wrote(events: &[Event], of: usize, from: i64, to: i64) -> bool {
    events.iter().any(|event| {
        matches!(event, Event::Inbound { party, at } if *party == of && (from..=to).contains(at))
    })
}

/// Whether the business sent nothing else to the person since a time.
fn is_first(all: &[Option<Known>], message: usize, since: i64) -> bool {
    let place = |of: usize, known: &Known| (known.at(), Mark::of(&name_of(of)));
    let own = all[message].as_ref().map(|known| place(message, known)).unwrap();
    !all.iter().enumerate().any(|(other, known)| {
        let known = known.as_ref().filter(|_| party_of(other) == party_of(message));
        known.is_some_and(|known| known.at() >= since && place(other, known) < own)
    })
}

/// Whether the newest notice up to a time paused it, a minute before at least.
fn is_paused(events: &[Event], time: i64) -> bool {
    let notices = events.iter().enumerate().filter_map(|(entry, event)| match event {
        Event::Template { paused, at } if *at <= time => Some((*at, entry, *paused)),
        Event::Inbound { .. }
        | Event::Status { .. }
        | Event::Echo { .. }
        | Event::Template { .. }
        | Event::Signal { .. } => None,
    });
    notices.max().is_some_and(|(at, _, paused)| paused && time - at >= 60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_open_is_what_a_look_at_everything_says(
        events in prop::collection::vec(events(), 1..40),
        cuts in prop::collection::vec(0..3_u8, 40),
    ) {
        let mut book = Book::new();
        // Everything comes late, in the order in which it was drawn.
        book.now += 3 * DAY;
        let mut named: HashMap<RecordId, usize> = HashMap::new();
        let mut first: BTreeSet<usize> = BTreeSet::new();
        for (event, cut) in events.iter().zip(&cuts) {
            book.now += 30;
            if let Some((message, record)) = happen(&mut book, event)
                && first.insert(message)
            {
                named.insert(record, message);
            }
            match cut {
                0 => book.settle(),
                1 => book.restart(),
                _ => {}
            }
        }
        book.settle();
        let open = book.state.findings().filter(|finding| finding.withdrawn.is_none());
        let open: BTreeSet<(FindingKind, usize)> =
            open.map(|finding| (finding.id.kind, named[&finding.id.record])).collect();
        prop_assert_eq!(&open, &expected(&events, &book.ledger));
        // Nothing comes of judging all of it again.
        book.state.resolved(false, book.entries);
        book.settle();
        let again = book.state.findings().filter(|finding| finding.withdrawn.is_none());
        prop_assert_eq!(again.count(), open.len());
    }

    #[test]
    fn nothing_names_what_was_destroyed_and_nobody_is_accused_by_it(
        events in prop::collection::vec(events(), 1..30),
        destroyed in prop::collection::btree_set(0..30_u64, 0..15),
    ) {
        let mut book = Book::new();
        book.now += 3 * DAY;
        for event in &events {
            book.now += 30;
            happen(&mut book, event);
        }
        book.settle();
        let accused: HashSet<FindingId> = book.state.findings().map(|found| found.id).collect();
        book.state.destroyed(|entry| destroyed.contains(&entry));
        book.state.resolved(false, book.entries);
        book.restart();
        for found in book.state.findings() {
            prop_assert!(!destroyed.contains(&found.entry));
            let is_new = !accused.contains(&found.id);
            prop_assert!(!is_new || found.id.kind == FindingKind::TemplateNotApproved, "{:?}", found);
        }
    }
}
