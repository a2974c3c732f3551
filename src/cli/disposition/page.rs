//! Plans and runs as people read them.

use std::io::Result;

use crate::api::dispositions::{GroupView, PlannedView, RunLine, RunView, RunsView};
use crate::cli::text::{one_line, safe};
use crate::cli::{Printer, words};
use crate::projection::runs::{Person, Stage};

/// What is due, or was planned.
pub(super) fn planned(planned: &PlannedView, printer: &mut Printer<'_>) -> Result<()> {
    let PlannedView {
        run, records, held, restricted, relied, bound, waiting, later, unruled, ..
    } = planned;
    let head = match (run, records) {
        (_, 0) => "Nothing is due.".to_owned(),
        (None, records) => format!("{records} entries' records are due."),
        (Some(run), records) => format!("{run}: {records} entries' records are to be destroyed."),
    };
    printer.line(printer.strong(head))?;
    groups(&planned.groups, printer)?;
    printer.line(format!(
        "{held} are due and held, {restricted} due and kept because their person wants it, {relied} \
         due and kept because somebody's consent rests on them, {bound} \
         due and kept for what goes along; {later} are not due, \
         {waiting} wait for an event, for {unruled} there is no rule: kept"
    ))?;
    untagged(planned.untagged, printer)?;
    if run.is_some() {
        let needed = planned.approvals_needed;
        printer.line(format!("Other people who must approve: {needed}"))?;
    }
    Ok(())
}

fn untagged(records: u64, printer: &mut Printer<'_>) -> Result<()> {
    if records > 0 {
        let told = format!("{records} records are due because a tag was taken from them");
        printer.line(printer.strong(told))?;
    }
    Ok(())
}

/// A line for each run.
pub(super) fn list(page: &RunsView, printer: &mut Printer<'_>) -> Result<()> {
    for line in &page.runs {
        let RunLine { run, stage, planned, records, destroyed, planner, .. } = line;
        let (planned, by) = (words::moment(*planned), person(planner));
        let told = format!(
            "{run}  {:8}  {planned}  {records} planned by {by}, {destroyed} destroyed",
            stage.as_str()
        );
        let is_over = matches!(stage, Stage::Rejected | Stage::Finished);
        printer.line(if is_over { printer.faint(told) } else { told })?;
    }
    printer.more(page.next)
}

/// A run, whole.
pub(super) fn run(view: &RunView, printer: &mut Printer<'_>) -> Result<()> {
    let RunLine { run, stage, planned, records, destroyed, planner, .. } = &view.line;
    printer.line(printer.strong(format!("{run}: {}", standing(view))))?;
    let planned = words::moment(*planned);
    printer.line(format!("  planned {planned} by {}, entry {}", person(planner), view.entry))?;
    printer.line(format!("  {records} entries' records as of {}", words::moment(view.as_of)))?;
    untagged(view.untagged, printer)?;
    for approver in &view.line.approved_by {
        printer.line(format!("  approved by {}", person(approver)))?;
    }
    groups(&view.groups, printer)?;
    for entry in view.entries.iter().flatten() {
        printer.line(format!("    entry {}  {}  {}", entry.entry, entry.record, entry.class))?;
    }
    printer.more(view.next)?;
    if matches!(stage, Stage::Started | Stage::Finished) {
        printer.line(format!("  {destroyed} destroyed"))?;
    }
    for withheld in &view.withheld {
        printer.line(format!("  {} kept: {}", withheld.records, one_line(&withheld.why)))?;
        for hold in &withheld.holds {
            printer.line(printer.faint(format!("    hold {hold}")))?;
        }
    }
    Ok(())
}

fn standing(view: &RunView) -> String {
    let RunLine { stage, approvals_needed, approved_by, .. } = &view.line;
    match stage {
        Stage::Planned => {
            let missing = usize::from(*approvals_needed).saturating_sub(approved_by.len());
            format!("planned; other people who must approve: {missing}")
        }
        Stage::Approved => "approved; it may be carried out".to_owned(),
        Stage::Rejected => "rejected".to_owned(),
        Stage::Started if view.working => "it is being carried out".to_owned(),
        Stage::Started => "interrupted; `muniment disposition execute` goes on".to_owned(),
        Stage::Finished => "complete".to_owned(),
    }
}

fn groups(groups: &[GroupView], printer: &mut Printer<'_>) -> Result<()> {
    for (place, group) in groups.iter().enumerate() {
        let GroupView { schedule, rule, title, records, due: (first, last), then, .. } = group;
        let title = title.as_deref().map(|title| format!(": {}", safe(title)));
        let title = title.unwrap_or_default();
        printer.line(format!("  {place}  {records:>8}  {schedule}, {rule}{title}"))?;
        let (first, last) = (words::moment(*first), words::moment(*last));
        // An erasure has no rule, and was asked for in place of being due.
        let when = match then {
            Some(then) => format!("due from {first} to {last}; {}", then.as_str()),
            None => format!("from {first} to {last}"),
        };
        printer.line(printer.faint(format!("     {when}")))?;
        for cited in &group.authority {
            printer.line(printer.faint(format!("     {}", one_line(cited))))?;
        }
    }
    Ok(())
}

fn person(person: &Person) -> String {
    format!("{} ({})", safe(&person.name), person.who)
}
