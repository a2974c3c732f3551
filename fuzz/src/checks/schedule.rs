//! A retention schedule that is accepted can be checked, compared with itself without
//! a difference, compiled and asked; one that is refused says where.

use std::sync::Arc;

use jiff::Timestamp;

use super::text_of;
use crate::policy::{Adopted, Due, Facts, Lexicons, Rules, Schedule, Triggers, diff, warnings};
use crate::record::Class;

/// Reads a schedule, and looks for its lexicons in its own text.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let lines = text.lines().count() + 1;
    let schedule = match Schedule::parse(text) {
        Ok(schedule) => schedule,
        Err(bad) => {
            assert!(!bad.problems.is_empty());
            assert!(bad.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
            return;
        }
    };
    assert!(warnings(&schedule).iter().all(|problem| problem.line <= lines));
    assert!(diff(&schedule, &schedule).iter().all(|difference| difference.changes.is_empty()));
    let lexicons = Lexicons::of_schedules([&schedule]).hits(text);
    assert!(lexicons.len() <= schedule.lexicons.len());
    decide(schedule, Facts { lexicons, ..Facts::bare(Class::Message, Timestamp::UNIX_EPOCH) });
}

fn decide(schedule: Schedule, facts: Facts) {
    let adopted = Adopted { schedule: Arc::new(schedule), sha256: [0; 32], since: 0, until: None };
    let rules = Rules::of(&[adopted]);
    let decision = rules.decide(1, &facts, &Triggers::default());
    let verdict = rules.verdict(1, &facts, &Triggers::default());
    assert_eq!((decision.due, decision.max), (verdict.due, verdict.max));
    assert_eq!(decision.winner().is_none(), decision.due == Due::Unruled);
    if let (Due::At(due), Some(max)) = (decision.due, decision.max) {
        assert!(facts.captured < due && due <= max);
    }
}
