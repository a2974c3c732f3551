//! The ledger against a naive replay of every signal.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

pub(super) const WHO: [&str; 4] = ["491", "492", "DE.1", "DE.2"];
const WORDS: [&str; 6] = ["stop", "start", "cancel", "yes", "stop promotions", "iptal"];
const SIGNALS_MAX: usize = 12;

/// What happens, an entry each.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Told { who: usize, kind: usize, purposes: u8, at: i64, lasts: Option<i64>, numbered: bool },
    Said { who: usize, also: Option<usize>, word: usize, ago: i64 },
    Changed { who: usize, to: usize },
    Resolved { nth: usize, meant: bool },
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let told = (0..4usize, 0..4usize, 1..16u8, 0..200i64, any::<Option<u8>>(), any::<bool>());
    let said = (0..4usize, proptest::option::weighted(0.2, 0..4usize), 0..6usize, 0..30i64);
    prop_oneof![
        4 => told.prop_map(|(who, kind, purposes, at, lasts, numbered)| {
            let lasts = lasts.map(|lasts| i64::from(lasts) + 1);
            Step::Told { who, kind, purposes, at, lasts, numbered }
        }),
        4 => said.prop_map(|(who, also, word, ago)| Step::Said { who, also, word, ago }),
        1 => (0..4usize, 0..4usize).prop_map(|(who, to)| Step::Changed { who, to }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(nth, meant)| Step::Resolved { nth, meant }),
    ]
}

/// A signal as the naive replay keeps it: everything, for ever.
#[derive(Clone, Debug)]
struct Kept {
    order: usize,
    recorded: i64,
    signal: Signal,
    resolved: Option<(i64, bool)>,
}

#[derive(Default)]
pub(super) struct Naive {
    kept: Vec<Kept>,
    same: Vec<BTreeSet<String>>,
}

impl Naive {
    /// Everybody who is the same person as this, by going round until nothing is added.
    fn person(&self, who: &str) -> BTreeSet<String> {
        let mut person = BTreeSet::from([who.to_owned()]);
        loop {
            let more: BTreeSet<String> = self
                .same
                .iter()
                .filter(|group| !group.is_disjoint(&person))
                .flatten()
                .cloned()
                .collect();
            if more.is_subset(&person) {
                return person;
            }
            person.extend(more);
        }
    }

    fn state(&self, who: &str, asked: &Asked, known: i64) -> State {
        let (person, now) = (self.person(who), asked.at.as_second());
        let about = |kept: &&Kept| {
            kept.signal.subject.iter().any(|one| person.contains(one))
                && kept.recorded <= known
                && kept.signal.at.as_second() <= now
                && (kept.signal.numbers.is_empty() || asked.number == Some(Mark::of(NUMBER)))
        };
        let said: Vec<&Kept> = self.kept.iter().filter(about).collect();
        let is_candidate = |kept: &Kept| kept.signal.certainty == Certainty::Candidate;
        let resolved = |kept: &Kept| kept.resolved.filter(|(when, _)| *when <= known);
        let mut best: Option<((i64, bool, usize), &Kept)> = None;
        for kept in &said {
            let counts = !is_candidate(kept) || resolved(kept).is_some_and(|(_, meant)| meant);
            let ends = kept.signal.kind != Kind::OptIn;
            let rank = (kept.signal.at.as_second(), ends, kept.order);
            let covers = kept.signal.purposes.contains(asked.purpose);
            if counts && covers && best.as_ref().is_none_or(|(least, _)| *least < rank) {
                best = Some((rank, kept));
            }
        }
        let state = best.map_or(State::Unknown, |(_, kept)| match kept.signal.kind {
            Kind::OptIn if kept.signal.expires.is_some_and(|end| end <= asked.at) => State::Expired,
            Kind::OptIn => State::Given,
            Kind::OptOut => State::Withdrawn,
            Kind::Refused => State::Refused,
            Kind::Expired => State::Expired,
        });
        let paused = said.iter().any(|kept| {
            is_candidate(kept) && kept.signal.kind == Kind::OptOut && resolved(kept).is_none()
        });
        let is_open = matches!(state, State::Given | State::Unknown);
        if is_open && paused && asked.purpose == Purpose::Marketing {
            State::InReview
        } else {
            state
        }
    }
}

/// The ledger, the naive replay, and the open candidates with their place in the latter.
struct Both<'a> {
    book: &'a mut Book,
    naive: &'a mut Naive,
    open: Vec<(RecordId, usize)>,
}

fn raw_of(notice: &Notice) -> Value {
    serde_json::from_str(notice.to_raw().get()).unwrap()
}

impl Both<'_> {
    fn play(&mut self, step: &Step) {
        let recorded = self.book.now().as_second();
        match *step {
            Step::Told { who, kind, purposes, at: when, lasts, numbered } => {
                let all = Purpose::ALL.into_iter().enumerate();
                let some = all.filter(|(bit, _)| purposes & (1 << bit) != 0).map(|(_, one)| one);
                let kind = Kind::ALL[kind];
                let told = Signal {
                    subject: vec![WHO[who].to_owned()],
                    purposes: Purposes::of(some).unwrap(),
                    numbers: if numbered { vec![NUMBER.to_owned()] } else { vec![] },
                    expires: lasts.filter(|_| kind == Kind::OptIn).map(|lasts| at(when + lasts)),
                    ..signal(kind, "all", when)
                };
                self.book.tell(&told);
                self.keep(recorded, told);
            }
            Step::Said { who, also, word, ago } => self.say(who, also, WORDS[word], recorded - ago),
            Step::Changed { who, to } => {
                let raw = raw_of(&Notice::Joined { record: RecordId::from_bytes([7; 16]) });
                let body = json!({"kind": "joined", "mentions": [{"phone": WHO[to]}]});
                let from = json!({"phone": WHO[who]});
                self.book.captured(&json!({"raw": raw, "body": body, "from": from}));
                self.naive.same.push([WHO[who], WHO[to]].map(str::to_owned).into());
            }
            Step::Resolved { .. } if self.open.is_empty() => {}
            Step::Resolved { nth, meant } => {
                let (candidate, kept) = self.open.remove(nth % self.open.len());
                let verdict = if meant { Verdict::Meant } else { Verdict::NotMeant };
                // One that was let go of cannot be resolved any more: then it stays open.
                if self.book.resolve(candidate, verdict).is_ok() {
                    self.naive.kept[kept].resolved = Some((recorded, meant));
                }
            }
        }
    }

    fn say(&mut self, who: usize, also: Option<usize>, word: &str, when: i64) {
        let recorded = self.book.now().as_second();
        let what = Signals::shipped().read(word).unwrap();
        let mut party = json!({"phone": WHO[who]});
        let mut names = vec![WHO[who].to_owned()];
        if let Some(also) = also {
            party["user_id"] = WHO[also].into();
            names.push(WHO[also].to_owned());
        }
        let (kind, certainty, purposes) = (what.kind, what.certainty, what.purposes);
        let raw = raw_of(&Notice::Recognised { record: RecordId::from_bytes([7; 16]), what });
        let id = self.book.captured(&json!({"raw": raw, "at": when, "from": party}));
        if certainty == Certainty::Candidate {
            self.open.push((id, self.naive.kept.len()));
        }
        let (subject, numbers) = (names, vec![NUMBER.to_owned()]);
        let said = Signal { subject, purposes, certainty, numbers, ..signal(kind, "all", when) };
        self.keep(recorded, said);
    }

    fn keep(&mut self, recorded: i64, signal: Signal) {
        let order = self.naive.kept.len();
        self.naive.same.push(signal.subject.iter().cloned().collect());
        self.naive.kept.push(Kept { order, recorded, signal, resolved: None });
    }
}

pub(super) fn play(steps: &[Step], book: &mut Book, naive: &mut Naive) {
    let mut both = Both { book, naive, open: vec![] };
    steps.iter().for_each(|step| both.play(step));
}

fn questions() -> impl Iterator<Item = (&'static str, Asked)> {
    let times = (0..220).step_by(7).chain((0..60).map(|hour| hour * HOUR / 2));
    times.flat_map(|when| {
        WHO.into_iter().flat_map(move |who| {
            Purpose::ALL.into_iter().flat_map(move |purpose| {
                let numbered = asked(purpose, at(when));
                [(who, Asked { number: None, ..numbered.clone() }), (who, numbered)]
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn at_any_past_time_the_ledger_says_what_a_replay_of_everything_says(
        steps in proptest::collection::vec(step(), 0..24)
    ) {
        let (mut book, mut naive) = (Book::new(), Naive::default());
        play(&steps, &mut book, &mut naive);
        for (who, asked) in questions() {
            let consent = book.ledger.consent(Mark::of(who), &asked);
            let now = naive.state(who, &asked, i64::MAX);
            let then = naive.state(who, &asked, asked.at.as_second());
            prop_assert_eq!(consent.state, now, "{} {:?}", who, asked);
            prop_assert_eq!(consent.then.unwrap_or(now), then, "{} {:?}", who, asked);
            prop_assert!(!consent.forgotten);
        }
        let open = book.ledger.review(None).filter(|review| review.given.is_open()).count();
        let unresolved = |kept: &&Kept| {
            kept.signal.certainty == Certainty::Candidate && kept.resolved.is_none()
        };
        prop_assert_eq!(open, naive.kept.iter().filter(unresolved).count());
    }

    #[test]
    fn who_says_a_thousand_things_takes_no_more_room_and_what_is_forgotten_is_said(
        steps in proptest::collection::vec(step(), 20..80)
    ) {
        let (mut book, mut naive) = (Book::new(), Naive::default());
        book.ledger = Ledger::keeping(SIGNALS_MAX);
        // Who has too many that all make a difference is refused: told ones are few here.
        let said = |step: &Step| !matches!(step, Step::Told { .. });
        let steps: Vec<Step> = steps.into_iter().filter(said).collect();
        play(&steps, &mut book, &mut naive);
        for (who, asked) in questions() {
            let consent = book.ledger.consent(Mark::of(who), &asked);
            prop_assert!(book.ledger.history(Mark::of(who)).len() <= SIGNALS_MAX * WHO.len());
            if !consent.forgotten {
                let now = naive.state(who, &asked, i64::MAX);
                prop_assert_eq!(consent.state, now, "{} {:?}", who, asked);
            }
        }
    }
}
