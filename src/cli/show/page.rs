//! A record as a page for reading.

use super::Content;
use crate::cli::text::{isolated, lines, one_line};
use crate::cli::thread::print_later;
use crate::cli::{Printer, words};
use crate::query::view::{DeliveryContent, RecordView};
use crate::record::{Direction, Origin, Record, RelationKind};

pub(super) fn print(
    view: &RecordView,
    content: &Content,
    printer: &mut Printer<'_>,
) -> std::io::Result<()> {
    field("record", view.record, printer)?;
    field("entry", view.entry, printer)?;
    field("class", view.class, printer)?;
    field("captured", words::moment(view.captured), printer)?;
    option("thread", view.thread, printer)?;
    option("delivery", view.delivery, printer)?;
    match content {
        Content::Record(record) => print_record(record, printer)?,
        Content::Delivery(delivery) => print_delivery(delivery, printer)?,
        Content::Other => print_json(view.content.get(), printer)?,
    }
    for link in &view.media {
        let digest = match link.matches {
            Some(true) => "has the digest announced",
            Some(false) => "has ANOTHER digest than announced",
            None => "no digest was announced",
        };
        field("medium", format!("{}  {digest}", link.id), printer)?;
    }
    if !view.later.is_empty() {
        printer.line("\nlater:")?;
    }
    print_later(&view.later, view.later_more, printer)
}

fn print_record(record: &Record, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let body = &record.body;
    field("kind", one_line(&body.kind), printer)?;
    option(
        "at",
        record.at.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(words::moment),
        printer,
    )?;
    option("way", record.direction.map(Direction::as_str), printer)?;
    field("origin", origin(record.origin), printer)?;
    option("from", record.from.as_ref().map(|from| words::party(Some(from))), printer)?;
    option("to", record.to.as_ref().map(|to| words::party(Some(to))), printer)?;
    option("group", record.group_id.as_deref().map(one_line), printer)?;
    option("number", record.number.as_deref().map(one_line), printer)?;
    option("id there", record.provider_id.as_deref().map(one_line), printer)?;
    if let Some(relation) = &body.relation {
        let id = one_line(&relation.provider_id);
        field(spoken_of(relation.kind), id, printer)?;
    }
    for mention in &body.mentions {
        field("mentions", words::party(Some(mention)), printer)?;
    }
    if let Some(media) = &body.media {
        let medium = words::medium(media.mime.as_deref(), media.file_name.as_deref());
        field("announces", medium, printer)?;
    }
    if let Some(text) = &body.text {
        printer.line("")?;
        for line in lines(text) {
            printer.line(format!("    {line}"))?;
        }
        printer.line("")?;
    }
    Ok(())
}

fn print_delivery(delivery: &DeliveryContent, printer: &mut Printer<'_>) -> std::io::Result<()> {
    field("received", one_line(&delivery.received), printer)?;
    field("signature", one_line(&delivery.signature), printer)?;
    field("size", format!("{} bytes; --raw prints them", delivery.size), printer)
}

fn print_json(json: &str, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
    printer.line("")?;
    for line in lines(&pretty) {
        printer.line(format!("    {line}"))?;
    }
    Ok(())
}

fn field(
    name: &str,
    value: impl std::fmt::Display,
    printer: &mut Printer<'_>,
) -> std::io::Result<()> {
    let name = printer.faint(format!("{name:10}"));
    printer.line(format!("{name} {}", isolated_value(&value.to_string())))
}

fn option(
    name: &str,
    value: Option<impl std::fmt::Display>,
    printer: &mut Printer<'_>,
) -> std::io::Result<()> {
    value.map_or(Ok(()), |value| field(name, value, printer))
}

/// What is isolated in parts already stays so.
fn isolated_value(value: &str) -> String {
    if value.contains('\u{2068}') { value.to_owned() } else { isolated(value) }
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live, as it happened",
        Origin::Echo => "echo, written in the business app",
        Origin::History => "history, from before the number joined",
        Origin::Standby => "standby, while another application held the conversation",
    }
}

const fn spoken_of(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Edits => "edits",
        RelationKind::ReactsTo => "reacts to",
        RelationKind::RepliesTo => "answers",
        RelationKind::Revokes => "takes back",
        RelationKind::Reports => "status of",
        RelationKind::Notes => "noted of",
    }
}
