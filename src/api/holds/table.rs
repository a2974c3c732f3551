//! A report as a table for spreadsheets: CSV by RFC 4180, a line for each step of each
//! hold, what is of the hold as a whole in the line of its placing.
//!
//! It begins with a byte order mark: without one, spreadsheets take UTF-8 for something
//! else. Whoever writes to the archive chooses some of the texts, so none of them may be
//! taken for a formula: one that begins like a formula gets an apostrophe before it.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use super::view::{CaughtView, HoldView, MatterView, StepView};
use crate::projection::holds::Scope;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The columns.
pub(super) const COLUMNS: [&str; 23] = [
    "matter",
    "hold",
    "custodian",
    "state",
    "silent",
    "ends",
    "at",
    "step",
    "by",
    "by_token",
    "told",
    "entry",
    "record",
    "notice",
    "authority",
    "scope",
    "records_now",
    "follows",
    "caught_of_entries",
    "caught_records",
    "caught_sha256",
    "recounted_records",
    "recounted_sha256",
];

/// The table.
pub(super) fn of(report: &MatterView) -> Vec<u8> {
    let file = BYTE_ORDER_MARK.as_bytes().to_vec();
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(file);
    let never_fails = "lines of one length are written into memory";
    table.write_record(COLUMNS).expect(never_fails);
    for hold in &report.holds {
        for (place, step) in hold.history.iter().enumerate() {
            let cells = cells(hold, step, place == 0);
            let cells = cells.iter().map(|cell| inert(cell).into_owned());
            table.write_record(cells).expect(never_fails);
        }
    }
    table.into_inner().expect(never_fails)
}

fn cells(hold: &HoldView, step: &StepView, is_placing: bool) -> [String; COLUMNS.len()] {
    let line = &hold.line;
    let notice = hold.notices.iter().find(|notice| notice.notice == step.record);
    let of_hold = if is_placing { whole(hold) } else { Default::default() };
    let [authority, scope, now, follows, log, caught, sha256, again, sha256_again] = of_hold;
    [
        line.matter.clone(),
        line.hold.to_string(),
        line.custodian.clone(),
        line.state.as_str().to_owned(),
        line.silent.to_string(),
        or_nothing(line.ends),
        step.at.to_string(),
        step.did.clone(),
        step.by.name.clone(),
        step.by.who.clone(),
        step.told.clone(),
        step.entry.to_string(),
        step.record.to_string(),
        notice.map_or_else(String::new, |notice| notice.text.clone()),
        authority,
        scope,
        now,
        follows,
        log,
        caught,
        sha256,
        again,
        sha256_again,
    ]
}

/// What is of the hold as a whole.
fn whole(hold: &HoldView) -> [String; 9] {
    let caught = hold.caught.as_ref();
    let then = |tell: fn(&CaughtView) -> String| caught.map_or_else(String::new, tell);
    let again = caught.and_then(|caught| caught.recounted);
    [
        hold.authority.clone(),
        in_words(&hold.scope),
        or_nothing(hold.records),
        or_nothing(hold.follows),
        then(|caught| caught.log.to_string()),
        then(|caught| caught.count.records.to_string()),
        then(|caught| caught.count.sha256.to_string()),
        or_nothing(again.map(|again| again.records)),
        or_nothing(again.map(|again| again.sha256)),
    ]
}

fn or_nothing(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A scope in one cell, condition by condition.
fn in_words(scope: &Scope) -> String {
    let Scope { everything, parties, threads, numbers, from, to, query } = scope;
    let mut words = vec![];
    if *everything {
        words.push("everything".to_owned());
    }
    for (what, names) in [("parties", parties), ("threads", threads), ("numbers", numbers)] {
        if !names.is_empty() {
            words.push(format!("{what} {}", names.join(", ")));
        }
    }
    words.extend(from.map(|day| format!("from {day}")));
    words.extend(to.map(|day| format!("to {day}")));
    words.extend(query.as_ref().map(|query| format!("query {query}")));
    words.join("; ")
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: &str) -> Cow<'_, str> {
    // The wide forms too: some programs read them as the narrow ones.
    let is_active = |first: char| "=+-@\t\r\n＝＋－＠".contains(first);
    match cell.chars().find(|letter| *letter != ' ') {
        Some(first) if is_active(first) => Cow::Owned(format!("'{cell}")),
        Some(_) | None => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_somebody_wrote_becomes_a_formula() {
        for active in ["=1+1", "+49", "-x", "@sum", "\tx", "\r=x", "\n=x", " =x", "＝x", "＠x"] {
            assert_eq!(inert(active), format!("'{active}"));
        }
        for plain in ["", " ", "x=1", "Halyard v. Quay", "'=1", "1-2"] {
            assert_eq!(inert(plain), plain);
        }
    }

    #[test]
    fn a_scope_is_one_cell() {
        let scope = Scope {
            parties: vec!["+49 1555".into(), "mira".into()],
            from: Some("2026-01-01".parse().unwrap()),
            query: Some("crates".into()),
            ..Scope::default()
        };
        assert_eq!(in_words(&scope), "parties +49 1555, mira; from 2026-01-01; query crates");
    }
}
