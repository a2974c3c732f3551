//! What should be there: plain lists, plain loops, a calendar of its own.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// What came of the dispositions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    pub(super) destroyed: u64,
    pub(super) held: u64,
    pub(super) kept: u64,
    pub(super) restricted: u64,
    pub(super) relied: u64,
    pub(super) erased: u64,
    pub(super) refused: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.destroyed += other.destroyed;
        self.held += other.held;
        self.kept = other.kept;
        self.restricted += other.restricted;
        self.relied += other.relied;
        self.erased += other.erased;
        self.refused += other.refused;
    }
}

/// A record as it was told to the archive.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) index: LeafIndex,
    pub(super) record: RecordId,
    pub(super) delivery: LeafIndex,
    pub(super) class: Class,
    pub(super) party: usize,
    pub(super) word: &'static str,
    /// Of class consent: whether it withdraws.
    pub(super) withdraws: bool,
    pub(super) captured: Timestamp,
    pub(super) gone: bool,
}

/// A rule, as its file says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) class: Class,
    /// Of one party alone.
    pub(super) party: Option<usize>,
    pub(super) months: u32,
    /// Whether that is the most, and not the least.
    pub(super) most: bool,
    /// From the end of the contract on.
    pub(super) contract: bool,
    /// From the last message of the conversation on.
    pub(super) last: bool,
}

/// A version of the one schedule.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) rules: Vec<Rule>,
    pub(super) until: Option<LeafIndex>,
}

/// A hold.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) id: RecordId,
    pub(super) party: Option<usize>,
    pub(super) word: Option<&'static str>,
    /// When it was released, and for how many days it holds on.
    pub(super) released: Option<(Timestamp, i64)>,
}

/// A restriction that is in force.
#[derive(Clone, Debug)]
pub(super) struct Restriction {
    pub(super) id: RecordId,
    pub(super) party: usize,
    pub(super) keeps: bool,
}

/// Why a record is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Claim,
    Restricted,
    Refusal,
    Duty,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) records: Vec<Told>,
    pub(super) versions: Vec<Version>,
    pub(super) holds: Vec<Hold>,
    pub(super) restrictions: Vec<Restriction>,
    /// Ends of contracts: party and moment.
    pub(super) ends: Vec<(usize, Timestamp)>,
}

impl Model {
    /// Whether a record should be there after a disposition at a moment.
    pub(super) fn stays(&self, record: &Told, now: Timestamp) -> bool {
        !self.is_due(record, now)
            || self.is_held(record, now)
            || self.is_restricted(record)
            || self.is_relied_upon(record)
            || self.with_it(record).any(|other| self.is_held(other, now))
    }

    /// Why a record stays when its party wants it erased; `None` where it goes.
    pub(super) fn refusal_to_erase(&self, record: &Told, now: Timestamp) -> Option<Reason> {
        if self.is_held(record, now) {
            Some(Reason::Claim)
        } else if self.is_restricted(record) {
            Some(Reason::Restricted)
        } else if self.last_word(record.party, true).is_some_and(|last| last == record.index) {
            Some(Reason::Refusal)
        } else if self.rules_for(record).any(|rule| !rule.most && self.end(record, rule) > now) {
            Some(Reason::Duty)
        } else if self.with_it(record).any(|other| self.is_held(other, now)) {
            Some(Reason::Claim)
        } else {
            None
        }
    }

    pub(super) fn is_held(&self, record: &Told, now: Timestamp) -> bool {
        self.holds.iter().any(|hold| {
            let over = hold
                .released
                .is_some_and(|(at, days)| now.as_second() - at.as_second() >= days * 24 * 60 * 60);
            !over
                && hold.party.is_none_or(|party| party == record.party)
                && hold.word.is_none_or(|word| word == record.word)
        })
    }

    pub(super) fn is_restricted(&self, record: &Told) -> bool {
        self.restrictions.iter().any(|one| one.keeps && one.party == record.party)
    }

    /// The last withdrawal counts for ever: what is given after it is less than all. What
    /// was given last counts where nothing was withdrawn since.
    pub(super) fn is_relied_upon(&self, record: &Told) -> bool {
        if record.class != Class::Consent {
            return false;
        }
        let last = |withdraws| self.last_word(record.party, withdraws);
        let is_last_of_all = self.words(record.party).last() == Some(record.index);
        last(true) == Some(record.index) || (!record.withdraws && is_last_of_all)
    }

    /// The signals of a party, by their time: of one moment what withdraws is the later.
    fn words(&self, party: usize) -> impl Iterator<Item = LeafIndex> {
        let signals = self.records.iter();
        let signals = signals
            .filter(|it| it.class == Class::Consent && it.party == party && !it.gone)
            .map(|it| (it.captured.as_second(), it.withdraws, it.index));
        let mut signals: Vec<_> = signals.collect();
        signals.sort_unstable();
        signals.into_iter().map(|(.., index)| index)
    }

    pub(super) fn last_word(&self, party: usize, withdraws: bool) -> Option<LeafIndex> {
        let of_kind = |index: &LeafIndex| {
            self.records.iter().any(|it| it.index == *index && it.withdraws == withdraws)
        };
        self.words(party).filter(of_kind).last()
    }

    /// The other records of its delivery that are still there.
    fn with_it<'a>(&'a self, record: &'a Told) -> impl Iterator<Item = &'a Told> {
        self.records.iter().filter(move |other| {
            other.delivery == record.delivery && other.index != record.index && !other.gone
        })
    }

    fn counting<'a>(&'a self, record: &'a Told) -> impl Iterator<Item = &'a Version> {
        let counts = |version: &&Version| version.until.is_none_or(|until| until > record.index);
        self.versions.iter().filter(counts)
    }

    fn rules_for<'a>(&'a self, record: &'a Told) -> impl Iterator<Item = Rule> + 'a {
        let rules = self.counting(record).flat_map(|version| &version.rules);
        rules.copied().filter(|rule| rule.is_for(record))
    }

    /// Whether all that was ever decided about it lets it go: as of its capture, and as of
    /// every version since, the longest minimum, or without one the shortest maximum.
    pub(super) fn is_due(&self, record: &Told, now: Timestamp) -> bool {
        let (mut minimum, mut maximum, mut longest) = (None, None, None);
        for version in self.counting(record) {
            for rule in version.rules.iter().filter(|rule| rule.is_for(record)) {
                let end = self.end(record, *rule);
                if rule.most {
                    maximum = Some(maximum.map_or(end, |most: Timestamp| most.min(end)));
                } else {
                    minimum = minimum.max(Some(end));
                }
            }
            longest = longest.max(minimum.or(maximum));
        }
        longest.is_some_and(|due| due <= now)
    }

    /// When the rule's period ends; never while what it waits for has not come.
    fn end(&self, record: &Told, rule: Rule) -> Timestamp {
        let starts = if rule.contract {
            self.ends.iter().rev().find(|(party, _)| *party == record.party).map(|(_, at)| *at)
        } else if rule.last {
            let of_thread = self.records.iter().filter(|other| other.party == record.party);
            let messages = of_thread.filter(|other| other.class == Class::Message && !other.gone);
            messages.map(|other| other.captured).max()
        } else {
            Some(record.captured)
        };
        starts.map_or(Timestamp::MAX, |starts| {
            midnight_after(add_months(starts.to_zoned(TimeZone::UTC).date(), rule.months))
        })
    }
}

impl Rule {
    fn is_for(&self, record: &Told) -> bool {
        self.class == record.class && self.party.is_none_or(|party| party == record.party)
    }
}

/// So many months later; the last day of the month where it has no such day.
fn add_months(date: Date, months: u32) -> Date {
    let (mut year, mut month) = (i32::from(date.year()), i32::from(date.month()));
    for _ in 0..months {
        month += 1;
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = i32::from(date.day()).min(days);
    let narrow = |number: i32| i8::try_from(number).unwrap();
    Date::new(i16::try_from(year).unwrap(), narrow(month), narrow(day)).unwrap()
}

fn midnight_after(date: Date) -> Timestamp {
    date.tomorrow().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp()
}
