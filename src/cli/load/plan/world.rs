//! The records and the holds of `muniment load plan`.

use std::time::Duration;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::clock::{Clock, Hand};
use crate::govern::{Actor, Govern};
use crate::log::{Draft, Group, Log};
use crate::projection::Act;
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::schedules::ScheduleAct;
use crate::record::Class;
use crate::seal::Keyring;

/// Records appended in one group.
const GROUP: u64 = 1_000;
/// Records of one party.
const RECORDS_A_PARTY: u64 = 25;
/// Business numbers.
const NUMBERS: u64 = 10;
/// Days of ten years, over which the records are spread.
const DAYS: u64 = 3_652;

/// What people say.
const WORDS: [&str; 16] = [
    "invoice",
    "order",
    "confirm",
    "vessel",
    "freight",
    "cargo",
    "payment",
    "tomorrow",
    "شحنة",
    "الفاتورة",
    "τιμολόγιο",
    "φορτίο",
    "factura",
    "entrega",
    "remessa",
    "noon",
];

/// Statuses for nine years and nine months, messages for nine years, and those of one number
/// for ten: in the end a part of them is due.
const SCHEDULE: &str = r#"
name = "load"
title = "A schedule to measure with"
version = 1
authority = ["muniment load"]

[[rule]]
id = "statuses"
title = "Statuses"
authority = ["muniment load"]
when = { class = ["status"] }
starts = "message"
keep = { months = 117 }
then = "destroy"

[[rule]]
id = "messages"
title = "Messages"
authority = ["muniment load"]
when = { class = ["message"] }
starts = "message"
keep = { years = 9 }
then = "destroy"

[[rule]]
id = "numbers"
title = "Messages of one number"
authority = ["muniment load"]
when = { class = ["message"], number = ["4915550100003"] }
starts = "message"
keep = { years = 10 }
then = "destroy"
"#;

/// What is there, and the time that passes in it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) hand: Hand,
    pub(super) records: u64,
    pub(super) holds: u32,
}

impl World {
    /// Lets the years pass in which another filled the archive.
    pub(super) fn be_over(&self) {
        self.hand.advance(Duration::from_secs((DAYS + 1) * 24 * 60 * 60));
    }

    /// Takes the records in, over ten years.
    pub(super) async fn fill(&self, log: &Log, keyring: &Keyring) -> anyhow::Result<()> {
        let groups = self.records.div_ceil(GROUP);
        let step = Duration::from_secs(DAYS * 24 * 60 * 60 / groups);
        for group in 0..groups {
            let now = self.clock.now();
            let first = group * GROUP;
            let numbers = first..(first + GROUP).min(self.records);
            let sealed: Vec<[Draft; 2]> = numbers
                .into_par_iter()
                .map(|number| self.taken(keyring, number, now))
                .collect::<Result<_, _>>()?;
            let drafts = sealed.into_iter().flatten().collect();
            log.append(Group::all(drafts)).await.context("the records were not taken")?;
            self.hand.advance(step);
        }
        Ok(())
    }

    /// A delivery and its record.
    fn taken(
        &self,
        keyring: &Keyring,
        number: u64,
        now: Timestamp,
    ) -> Result<[Draft; 2], crate::seal::Error> {
        let (class, record) = self.record(number, now);
        let head = format!(
            r#"{{"v":1,"class":"delivery","provider":"meta","received":"{now:.6}","signature":"sha256=00","size":{}}}"#,
            record.len()
        );
        let delivery =
            keyring.seal(Class::Delivery, now, format!("{head}\n{record}").as_bytes())?;
        let id = delivery.kept.record;
        let record = keyring.seal(class, now, record.as_bytes())?;
        Ok([Draft::captured(delivery, None), Draft::captured(record, Some(id))])
    }

    fn parties(&self) -> u64 {
        (self.records / RECORDS_A_PARTY).max(1)
    }

    fn record(&self, number: u64, now: Timestamp) -> (Class, String) {
        let drawn = drawn(number);
        let party = drawn % self.parties();
        let text: Vec<&str> =
            (0..12).filter_map(|place| word(drawn.rotate_left(place * 5))).collect();
        let (class, text) = match number % 2 {
            0 => (Class::Message, format!(r#","text":"{}""#, text.join(" "))),
            _ => (Class::Status, String::new()),
        };
        let business = drawn % NUMBERS;
        let record = format!(
            r#"{{"v":1,"class":"{class}","provider":"meta","field":"messages","origin":"live","number":"491555010{business:04}","number_id":"20990000{business:04}","provider_id":"wamid.{number:020}","at":{at},"direction":"inbound","from":{{"phone":"4477{party:08}","user_id":"GB.{party}"}},"body":{{"kind":"text"{text}}},"raw":{{}}}}"#,
            at = now.as_second(),
        );
        (class, record)
    }

    /// Adopts the schedule and places the holds.
    pub(super) async fn decide(&self, govern: &Govern) -> anyhow::Result<()> {
        let adopted =
            ScheduleAct::Adopted { file: SCHEDULE.to_owned(), reason: "to measure".to_owned() };
        govern.act(&Actor::muniment(), Act::Schedule(adopted)).await?;
        for hold in 0..u64::from(self.holds) {
            let placed = Placed {
                matter: format!("Matter {}", hold / 10),
                custodian: "a party".to_owned(),
                reason: "to measure".to_owned(),
                authority: "muniment load".to_owned(),
                scope: self.scope(hold),
                silent: false,
                notice: None,
            };
            govern.act(&Actor::muniment(), Act::Hold(HoldAct::Placed(placed))).await?;
        }
        Ok(())
    }

    /// Of ten holds six are by party, two by party and a year, one by number and a week, one
    /// by query.
    fn scope(&self, hold: u64) -> Scope {
        let drawn = drawn(hold ^ 0x5bd1_e995);
        let party = format!("+44 77{:08}", drawn % self.parties());
        let begin = self.clock.now().to_zoned(TimeZone::UTC).date();
        let day = |back: u64| {
            let back = i64::try_from(back).unwrap_or(i64::MAX);
            begin.checked_sub(back.days()).ok()
        };
        let back = drawn % DAYS;
        match hold % 10 {
            0..=5 => Scope { parties: vec![party], ..Scope::default() },
            6 | 7 => Scope {
                parties: vec![party],
                from: day(back),
                to: day(back.saturating_sub(365)),
                ..Scope::default()
            },
            8 => Scope {
                numbers: vec![format!("491555010{:04}", drawn % NUMBERS)],
                from: day(back),
                to: day(back.saturating_sub(7)),
                ..Scope::default()
            },
            _ => {
                let words: Vec<&str> =
                    (0..3).filter_map(|place| word(drawn.rotate_left(place * 7))).collect();
                Scope { query: Some(format!("\"{}\"", words.join(" "))), ..Scope::default() }
            }
        }
    }
}

fn word(drawn: u64) -> Option<&'static str> {
    WORDS.get(usize::try_from(drawn % 16).ok()?).copied()
}

/// A number that looks drawn and is the same each time (splitmix64).
const fn drawn(number: u64) -> u64 {
    let mut drawn = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    drawn ^ (drawn >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Schedule;
    use crate::record::Record;

    #[test]
    fn what_it_measures_with_reads_as_what_an_archive_takes() {
        Schedule::parse(SCHEDULE).unwrap();
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::hand_moved(now);
        let world = World { clock, hand, records: 1000, holds: 10 };
        for number in 0..100 {
            let (class, record) = world.record(number, now);
            let record: Record = serde_json::from_str(&record).unwrap();
            assert_eq!(record.class, class);
            world.scope(number).check().unwrap();
        }
    }
}
