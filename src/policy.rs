//! What the rules of records are, and what they decide: pure.
//!
//! A [`Schedule`] is read from a file, adopted by an entry of the log, compiled with
//! all others into [`Rules`], and asked about the [`Facts`] of a record: when it is
//! due, and why. No I/O, no clock: the present moment and every event are passed in.
//! This room knows nothing of the log and destroys nothing.
//!
//! `docs/GOVERNANCE.md` says what schedules mean to those who write them.

mod card;
mod check;
mod compiled;
pub mod consent;
mod decide;
mod diff;
mod facts;
mod groups;
mod joined;
mod lexicon;
mod mark;
mod period;
mod schedule;
pub mod shipped;
mod words;

pub use check::{names_decisions, uncovered, warnings};
pub use compiled::message_time;
pub use decide::{Adopted, Applied, Decision, Due, RuleAt, Rules, Triggers, Verdict, decide};
pub use diff::{Change, Difference, Length, diff};
pub use facts::{Facts, TemplateCategory, identifiers};
pub use groups::Groups;
pub use joined::Joined;
pub use lexicon::{
    Lexicon, LexiconKind, Lexicons, TEXT_BYTES_MAX, card_number_mark, mentions_card,
};
pub use mark::{Mark, phone_digits};
pub use period::{Period, Rounding, YearEnd};
pub use schedule::{
    BadSchedule, Jurisdiction, KEYS, Problem, Rule, SCHEDULE_BYTES_MAX, Schedule, Starts, Then,
    Trigger, When,
};
