//! What a person is known by, and restrictions, on a terminal.

use std::io::Result;

use crate::api::subjects::{RestrictionView, RestrictionsView};
use crate::cli::Printer;
use crate::cli::text::safe;
use crate::projection::subjects::Identifier;
use crate::subject::{How, Identified, Known};

pub(super) fn identified(found: &Identified, printer: &mut Printer<'_>) -> Result<()> {
    for known in &found.identifiers {
        printer.line(line(known))?;
    }
    for conflict in &found.conflicts {
        let identifier = named(&conflict.identifier);
        printer.line(format!("CONFLICT  {identifier} may have been several people's:"))?;
        for (number, group) in (1..).zip(&conflict.groups) {
            let group: Vec<String> = group.iter().map(named).collect();
            printer.line(format!("  {number}  {}", group.join(", ")))?;
        }
    }
    if !found.beside.is_empty() {
        let beside: Vec<String> = found.beside.iter().map(named).collect();
        printer.line(format!(
            "not joined, for a user name can be taken over: {}",
            beside.join(", ")
        ))?;
    }
    if !found.unread.is_empty() {
        let unread: Vec<String> = found.unread.iter().map(u64::to_string).collect();
        eprintln!("muniment: entries that could not be opened: {}", unread.join(", "));
    }
    if !found.conflicts.is_empty() {
        eprintln!(
            "muniment: report and restrict take no side: list all that is the person's, with --exact"
        );
    }
    Ok(())
}

fn line(known: &Known) -> String {
    let seen = match (known.first, known.last) {
        (Some(first), Some(last)) => format!("{} records, {first} to {last}", known.records),
        _ => "no record".to_owned(),
    };
    let by = match (known.by, known.how) {
        (Some(record), Some(How::Together)) => format!("; one party by record {record}"),
        (Some(record), Some(How::Changed)) => format!("; changed by record {record}"),
        _ => "; asked for".to_owned(),
    };
    let (kind, value) = (known.kind.as_str(), safe(&known.value));
    format!("{kind:14}  {value}  {seen}{by}")
}

fn named(identifier: &Identifier) -> String {
    format!("{} {}", identifier.kind.as_str(), safe(&identifier.value))
}

pub(super) fn restrictions(listed: &RestrictionsView, printer: &mut Printer<'_>) -> Result<()> {
    for one in &listed.restrictions {
        restriction(one, printer)?;
    }
    if let Some(next) = listed.next {
        eprintln!("muniment: {} in all; go on with --after {next}", listed.total);
    }
    Ok(())
}

pub(super) fn restriction(restriction: &RestrictionView, printer: &mut Printer<'_>) -> Result<()> {
    let standing = match &restriction.lifted {
        None => "in force".to_owned(),
        Some(lifted) => {
            format!("lifted {} by {}", lifted.decided.at, safe(&lifted.decided.by.name))
        }
    };
    let decided = &restriction.decided;
    printer.line(format!("{}  {standing}", restriction.restriction))?;
    let identifiers: Vec<String> = restriction.identifiers.iter().map(named).collect();
    printer.line(format!("  of      {}", identifiers.join(", ")))?;
    printer.line(format!("  ground  {}", restriction.ground.as_str()))?;
    printer.line(format!("  since   {} by {}", decided.at, safe(&decided.by.name)))?;
    printer.line(format!("  reason  {}", safe(&restriction.reason)))?;
    Ok(())
}
