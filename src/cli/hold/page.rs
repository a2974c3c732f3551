//! Holds and matters as people read them.

use std::io::Result;

use crate::api::holds::{
    CountView, HoldLine, HoldView, HoldsView, MatterView, NoticeView, ReleaseView, Standing,
    StepView,
};
use crate::cli::text::{lines, safe};
use crate::cli::{Printer, words};
use crate::projection::holds::Scope;

/// A line for each hold.
pub(super) fn list(page: &HoldsView, printer: &mut Printer<'_>) -> Result<()> {
    for line in &page.holds {
        let HoldLine { hold, matter, custodian, state, silent, placed, .. } = line;
        let (matter, custodian) = (safe(matter), safe(custodian));
        let silent = if *silent { "  silent" } else { "" };
        let unconfirmed = match line.unacknowledged {
            0 => String::new(),
            count => format!("  {count} not confirmed"),
        };
        let (placed, state) = (words::moment(*placed), state.as_str());
        let told =
            format!("{hold}  {state:13}  {placed}  {matter}: {custodian}{silent}{unconfirmed}");
        let over = line.state == Standing::Released;
        printer.line(if over { printer.faint(told) } else { told })?;
    }
    let (shown, total) = (page.holds.len(), page.total);
    printer.line(printer.faint(format!("{shown} of {total} holds")))?;
    printer.more(page.next)
}

/// How a hold stands after a step.
pub(super) fn standing(hold: &HoldView, printer: &mut Printer<'_>) -> Result<()> {
    printer.line(format!("{}  {}", hold.line.hold, told_standing(hold)))
}

/// Everything about a matter.
pub(super) fn report(report: &MatterView, printer: &mut Printer<'_>) -> Result<()> {
    printer.line(printer.strong(format!("Matter: {}", safe(&report.matter))))?;
    let MatterView { searchable, log, .. } = report;
    let of = match log.saturating_sub(*searchable) {
        0 => format!("{log} entries"),
        behind => format!("{log} entries, the newest {behind} not looked at yet"),
    };
    printer.line(format!("As of {}; log of {of}", words::moment(report.as_of)))?;
    for view in &report.holds {
        printer.line("")?;
        hold(view, printer)?;
    }
    Ok(())
}

/// A hold, whole.
pub(super) fn hold(hold: &HoldView, printer: &mut Printer<'_>) -> Result<()> {
    let line = &hold.line;
    let silent = if line.silent { ", silent" } else { "" };
    printer.line(printer.strong(format!("Hold {}", line.hold)))?;
    let mut told = |name: &str, text: String| printer.line(format!("  {name:12} {text}"));
    told("matter", safe(&line.matter))?;
    told("custodian", format!("{}{silent}", safe(&line.custodian)))?;
    told("authority", safe(&hold.authority))?;
    told("because", safe(&hold.reason))?;
    for (name, text) in scope(&hold.scope) {
        told(name, text)?;
    }
    if let Some(understood) = &hold.understood {
        told("understood", safe(understood))?;
    }
    told("state", told_standing(hold))?;
    if let Some(records) = hold.records {
        told("holds now", format!("{records} records"))?;
    }
    if let Some(follows) = hold.follows.filter(|_| !hold.scope.parties.is_empty()) {
        told("follows", format!("{follows} identifiers of its parties"))?;
    }
    if let Some(caught) = &hold.caught {
        let CountView { records, sha256 } = &caught.count;
        told("caught", format!("{records} records of the first {} entries", caught.log))?;
        told("", format!("sha256 {sha256}"))?;
        if let Some(again) = &caught.recounted {
            told("recounted", recounted(&caught.count, again))?;
        }
    }
    for notice in &hold.notices {
        print_notice(notice, printer)?;
    }
    printer.line("  history")?;
    for step in &hold.history {
        print_step(step, printer)?;
    }
    Ok(())
}

fn recounted(then: &CountView, now: &CountView) -> String {
    if then == now {
        return "the same records are there".to_owned();
    }
    let CountView { records, sha256 } = now;
    format!("{records} records are there, another list: sha256 {sha256}")
}

/// The scope, condition by condition.
fn scope(scope: &Scope) -> Vec<(&'static str, String)> {
    let Scope { everything, parties, threads, numbers, from, to, query } = scope;
    let mut told = vec![];
    if *everything {
        told.push(("scope", "everything".to_owned()));
    }
    for (name, names) in [("parties", parties), ("threads", threads), ("numbers", numbers)] {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| safe(name)).collect();
            told.push((name, names.join(", ")));
        }
    }
    let day = |day: &jiff::civil::Date| day.to_string();
    match (from, to) {
        (None, None) => {}
        (from, to) => {
            let from = from.as_ref().map_or_else(|| "the beginning".to_owned(), day);
            let to = to.as_ref().map_or_else(|| "no end".to_owned(), day);
            told.push(("days", format!("{from} to {to}")));
        }
    }
    told.extend(query.as_ref().map(|query| ("query", safe(query))));
    told
}

fn told_standing(hold: &HoldView) -> String {
    match (hold.line.state, &hold.release, hold.line.ends) {
        (Standing::ReleaseAsked, Some(release), _) => waiting(release),
        (Standing::Grace, _, Some(ends)) => {
            format!("released; holds until {}", words::moment(ends))
        }
        (Standing::Released, Some(ReleaseView { released: Some(at), .. }), _) => {
            format!("released {}; holds nothing any more", words::moment(*at))
        }
        (Standing::InForce, _, _) => "in force".to_owned(),
        (state, _, _) => state.as_str().to_owned(),
    }
}

fn waiting(release: &ReleaseView) -> String {
    let (has, needs) = (release.approved_by.len(), release.approvals_needed);
    let by = safe(&release.asked_by.name);
    format!("in force; {by} asked for its release: {has} of {needs} others agreed")
}

fn print_notice(notice: &NoticeView, printer: &mut Printer<'_>) -> Result<()> {
    let (at, to) = (words::moment(notice.at), safe(&notice.to));
    let id = printer.faint(notice.notice);
    printer.line(format!("  notice to {to}, {at}  {id}"))?;
    for line in lines(&notice.text) {
        printer.line(format!("    | {line}"))?;
    }
    if notice.acknowledged.is_empty() {
        return printer.line("    not confirmed");
    }
    for confirmed in &notice.acknowledged {
        let (by, at) = (safe(&confirmed.by), words::moment(confirmed.at));
        printer.line(format!("    confirmed by {by}, {at}"))?;
    }
    Ok(())
}

fn print_step(step: &StepView, printer: &mut Printer<'_>) -> Result<()> {
    let did = match step.did.as_str() {
        "released" => "release asked",
        "release_approved" => "release approved",
        other => other,
    };
    let (at, by, told) = (words::moment(step.at), safe(&step.by.name), safe(&step.told));
    let entry = printer.faint(format!("entry {}", step.entry));
    printer.line(format!("    {at}  {did:16}  {by}: {told}  {entry}"))
}
