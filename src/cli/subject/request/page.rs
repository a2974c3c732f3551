//! A request and an erasure as people read them.

use std::io::Result;

use crate::api::requests::view::{ErasureView, RequestView};
use crate::cli::text::{one_line, safe};
use crate::cli::{Printer, words};
use crate::projection::subjects::{Counted, Why};

/// A request, and how it stands.
pub(super) fn request(view: &RequestView, printer: &mut Printer<'_>) -> Result<()> {
    let RequestView { request, kind, received, due, late, .. } = view;
    let late = if *late { ", late" } else { "" };
    printer.line(printer.strong(format!("{request}: {}", kind.as_str())))?;
    printer.line(format!(
        "  received {received}, to be answered before {}{late}",
        words::moment(*due)
    ))?;
    for identifier in &view.identifiers {
        printer.line(format!("  named {}", safe(identifier)))?;
    }
    for known in &view.known_by {
        let value = safe(&known.value);
        printer.line(format!("  known by {} {value}", known.kind.as_str()))?;
    }
    if let Some(why) = &view.extended {
        printer.line(format!("  two months longer: {}", safe(why)))?;
    }
    for run in &view.runs {
        let (stage, destroyed) = (run.stage.as_str(), run.destroyed);
        printer.line(format!("  disposition {}: {stage}, {destroyed} destroyed", run.run))?;
    }
    match &view.answered {
        Some(answer) => printer.line(format!(
            "  answered {} by {} in {}, letter {}",
            words::moment(answer.at),
            safe(&answer.by.name),
            one_line(&answer.language),
            answer.sha256
        )),
        None => printer.line("  not answered yet"),
    }
}

/// What goes, what stays, and why.
pub(super) fn erasure(view: &ErasureView, printer: &mut Printer<'_>) -> Result<()> {
    let head = match (view.run, view.records) {
        (_, 0) => "Nothing of the person's can be erased.".to_owned(),
        (None, records) => format!("{records} entries' records can be erased."),
        (Some(run), records) => format!("{run}: {records} entries' records are to be erased."),
    };
    printer.line(printer.strong(head))?;
    for counted in &view.goes {
        printer.line(format!("  goes   {}", line(counted)))?;
    }
    for kept in &view.kept {
        printer.line(format!("  stays  {}", line(&kept.counted)))?;
        printer.line(printer.faint(format!("         {}", one_line(&kept.why.told()))))?;
        if let Why::Duty { authority, .. } | Why::DutyAfter { authority, .. } = &kept.why {
            for cited in authority {
                printer.line(printer.faint(format!("         {}", one_line(cited))))?;
            }
        }
    }
    if view.beyond > 0 {
        let beyond = view.beyond;
        printer.line(format!("  {beyond} more can be erased by a further plan"))?;
    }
    if view.run.is_some() {
        let needed = view.approvals_needed;
        printer.line(format!("Other people who must approve: {needed}"))?;
    }
    Ok(())
}

fn line(Counted { class, records, days: (first, last) }: &Counted) -> String {
    format!("{records:>8}  {class}, taken in from {first} to {last}")
}
