//! What should be there: plain lists, plain loops, a calendar of its own.

mod tags;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

pub(super) use tags::{On, Putting, Seen};

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
    /// Kept for the sake of a tag alone.
    pub(super) tagged: u64,
    /// Destroyed because a tag was taken.
    pub(super) untagged: u64,
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
        self.tagged += other.tagged;
        self.untagged += other.untagged;
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
    pub(super) number: usize,
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
    /// Of what has a tag alone.
    pub(super) tag: Option<usize>,
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
    pub(super) since: LeafIndex,
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

/// Whose contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Party(usize),
    /// What has this tag.
    Tag(usize),
}

/// What should become of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub(super) is_due: bool,
    pub(super) stays: bool,
    pub(super) is_relied_upon: bool,
    /// Whether a tag alone keeps it from being due.
    pub(super) is_tagged: bool,
    /// Whether it is due because a tag was taken.
    pub(super) is_untagged: bool,
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
    pub(super) puttings: Vec<Putting>,
    /// Ends of contracts: whose and when.
    pub(super) ends: Vec<(Ended, Timestamp)>,
}

impl Model {
    /// What should become of a record in a disposition at a moment.
    pub(super) fn fate(&self, record: &Told, now: Timestamp) -> Fate {
        let is_due = self.is_due(record, now, Seen::Now);
        Fate {
            is_due,
            stays: self.stays(record, now),
            is_relied_upon: self.is_relied_upon(record),
            is_tagged: !is_due && self.is_due(record, now, Seen::Nothing),
            is_untagged: is_due && !self.is_due(record, now, Seen::Ever),
        }
    }

    /// Whether a record should be there after a disposition at a moment.
    pub(super) fn stays(&self, record: &Told, now: Timestamp) -> bool {
        !self.is_due(record, now, Seen::Now)
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
        } else if self.is_owed(record, now) {
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

    /// Whether a minimum of a rule that is for it has not ended.
    fn is_owed(&self, record: &Told, now: Timestamp) -> bool {
        let tags = self.tags(record, Seen::Now);
        let rules = self.counting(record).flat_map(|version| &version.rules);
        let mut minima = rules.filter(|rule| rule.is_for(record, &tags) && !rule.most);
        minima.any(|rule| self.end(record, rule, &tags) > now)
    }

    /// Whether all that was ever decided about it lets it go: as of its capture, as of every
    /// version since and of every tag that was put on it since.
    fn is_due(&self, record: &Told, now: Timestamp, seen: Seen) -> bool {
        let puttings = self.on(record, seen);
        let decided = self.counting(record).map(|version| version.since);
        let decided = decided.chain(puttings.iter().map(|putting| putting.since));
        let since = decided.filter(|at| *at > record.index).chain([record.index]);
        let longest = since.filter_map(|as_of| self.due_as_of(record, as_of, &puttings)).max();
        longest.is_some_and(|due| due <= now)
    }

    /// When it is due by what was decided up to an entry: the longest minimum, or without
    /// one the shortest maximum. What ended its contract is looked for by all of its tags.
    fn due_as_of(
        &self,
        record: &Told,
        as_of: LeafIndex,
        puttings: &[&Putting],
    ) -> Option<Timestamp> {
        let all: Vec<usize> = puttings.iter().map(|putting| putting.tag).collect();
        let then = puttings.iter().filter(|putting| putting.since <= as_of);
        let then: Vec<usize> = then.map(|putting| putting.tag).collect();
        let versions = self.counting(record).filter(|version| version.since <= as_of);
        let rules = versions.flat_map(|version| &version.rules);
        let rules: Vec<&Rule> = rules.filter(|rule| rule.is_for(record, &then)).collect();
        let ends = |most: bool| {
            let rules = rules.iter().filter(move |rule| rule.most == most);
            rules.map(|rule| self.end(record, rule, &all))
        };
        ends(false).max().or_else(|| ends(true).min())
    }

    /// When the rule's period ends; never while what it waits for has not come.
    fn end(&self, record: &Told, rule: &Rule, tags: &[usize]) -> Timestamp {
        let starts = if rule.contract {
            let of_it = |ended: &Ended| match ended {
                Ended::Party(party) => *party == record.party,
                Ended::Tag(tag) => tags.contains(tag),
            };
            self.ends.iter().filter(|(ended, _)| of_it(ended)).map(|(_, at)| *at).max()
        } else if rule.last {
            let of_thread = self.records.iter().filter(|other| other.is_in_thread_of(record));
            let messages = of_thread.filter(|other| other.class == Class::Message && !other.gone);
            // What is no message is the last of it where no message came behind it.
            messages.map(|other| other.captured).chain([record.captured]).max()
        } else {
            Some(record.captured)
        };
        starts.map_or(Timestamp::MAX, |starts| {
            midnight_after(add_months(starts.to_zoned(TimeZone::UTC).date(), rule.months))
        })
    }
}

impl Told {
    fn is_in_thread_of(&self, other: &Self) -> bool {
        (self.party, self.number) == (other.party, other.number)
    }
}

impl Rule {
    fn is_for(&self, record: &Told, tags: &[usize]) -> bool {
        self.class == record.class
            && self.party.is_none_or(|party| party == record.party)
            && self.tag.is_none_or(|tag| tags.contains(&tag))
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
