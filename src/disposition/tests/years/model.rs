//! What should be there: plain lists, plain loops, a calendar of its own.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// What came of the dispositions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    pub(super) destroyed: u64,
    pub(super) held: u64,
    pub(super) kept: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.destroyed += other.destroyed;
        self.held += other.held;
        self.kept = other.kept;
    }
}

/// A record as it was told to the archive.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) index: LeafIndex,
    pub(super) delivery: LeafIndex,
    pub(super) party: usize,
    pub(super) word: &'static str,
    pub(super) captured: Timestamp,
    pub(super) gone: bool,
}

/// A rule, as its file says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Of one party alone.
    pub(super) party: Option<usize>,
    pub(super) months: u32,
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

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) records: Vec<Told>,
    pub(super) versions: Vec<Version>,
    pub(super) holds: Vec<Hold>,
    /// Ends of contracts: party and moment.
    pub(super) ends: Vec<(usize, Timestamp)>,
}

impl Model {
    /// Whether a record should be there after a disposition at a moment.
    pub(super) fn stays(&self, record: &Told, now: Timestamp) -> bool {
        !self.is_due(record, now)
            || self.is_held(record, now)
            || self.with_it(record).any(|other| self.is_held(other, now))
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

    /// The other records of its delivery that are still there.
    fn with_it<'a>(&'a self, record: &'a Told) -> impl Iterator<Item = &'a Told> {
        self.records.iter().filter(move |other| {
            other.delivery == record.delivery && other.index != record.index && !other.gone
        })
    }

    fn is_due(&self, record: &Told, now: Timestamp) -> bool {
        let mut some = false;
        for version in &self.versions {
            if version.until.is_some_and(|until| until <= record.index) {
                continue;
            }
            for rule in &version.rules {
                if rule.party.is_some_and(|party| party != record.party) {
                    continue;
                }
                some = true;
                match self.due(record, *rule) {
                    Some(due) if due <= now => {}
                    _ => return false,
                }
            }
        }
        some
    }

    fn due(&self, record: &Told, rule: Rule) -> Option<Timestamp> {
        let starts = if rule.contract {
            self.ends.iter().rev().find(|(party, _)| *party == record.party)?.1
        } else if rule.last {
            let of_thread = self.records.iter().filter(|other| other.party == record.party);
            of_thread.filter(|other| !other.gone).map(|other| other.captured).max()?
        } else {
            record.captured
        };
        Some(midnight_after(add_months(starts.to_zoned(TimeZone::UTC).date(), rule.months)))
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
