//! `muniment thread`: one conversation, in the order in which it happened.

use super::remote::{Remote, RemoteArgs};
use super::{Exit, Printer, Setting, text, words};
use crate::index::ThreadId;
use crate::query::view::{LaterView, ThreadRecordView, ThreadView};

/// Read a conversation. Reading it is written down in the log.
///
/// What was edited or taken back is shown as it first was, with what came later
/// beneath it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment thread 7d41c09be8a35f626a1f3c5d7e9b0a24
  muniment thread 7d41c09be8a35f626a1f3c5d7e9b0a24 --newest --limit 10

`muniment show RECORD` tells the thread of a record.

Exit codes: 0 fine; 5 there is no such conversation; 1 it failed.")]
pub(super) struct Args {
    /// The conversation's id: 32 hexadecimal digits.
    thread: ThreadId,
    /// The newest first.
    #[arg(long)]
    newest: bool,
    /// How many records to show at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u16,
    /// Go on where an earlier page ended.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let limit = args.limit.to_string();
    let order = if args.newest { "newest" } else { "oldest" };
    let mut query = vec![("limit", limit.as_str()), ("order", order)];
    query.extend(args.after.as_deref().map(|cursor| ("cursor", cursor)));
    let answer = remote.get(&format!("/v1/threads/{}", args.thread), &query)?;
    remote.print(&answer, args.json, printer, print)
}

fn print(page: &ThreadView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let parties: Vec<String> = page.parties.iter().map(|party| words::party(Some(party))).collect();
    printer.line(printer.strong(format!("Conversation of {}", parties.join(", "))))?;
    printer.line("")?;
    for record in &page.records {
        print_record(record, printer)?;
    }
    let (shown, total) = (page.records.len(), page.total);
    printer.line(printer.faint(format!("{shown} of {total} records")))?;
    printer.more(page.next.as_ref())
}

fn print_record(record: &ThreadRecordView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let (at, way) = (words::moment(record.at), words::way(record.direction));
    let from = words::party(record.from.as_ref());
    let id = printer.faint(record.record);
    printer.line(format!("{}  {id}", printer.strong(format!("{at}  {way}  {from}"))))?;
    if let Some(problem) = record.problem {
        printer.line(format!("    {}", words::problem(problem)))?;
    }
    if let Some(medium) = &record.medium {
        let fetched = if medium.id.is_none() { " (not fetched)" } else { "" };
        let medium = words::medium(medium.mime.as_deref(), medium.file_name.as_deref());
        printer.line(format!("    {medium}{fetched}"))?;
    }
    match (record.text.as_deref(), record.kind.as_deref()) {
        (Some(words), _) => {
            for line in text::lines(words) {
                printer.line(format!("    {line}"))?;
            }
        }
        (None, Some(kind)) if record.medium.is_none() => {
            printer.line(format!("    [{}]", text::one_line(kind)))?;
        }
        (None, _) => {}
    }
    print_later(&record.later, record.later_more, printer)?;
    printer.line("")
}

/// What later said something of a record, a line each.
pub(super) fn print_later(
    later: &[LaterView],
    more: usize,
    printer: &mut Printer<'_>,
) -> std::io::Result<()> {
    for later in later {
        let (at, relation) = (words::moment(later.at), words::relation(later.relation));
        let kind = later.kind.as_deref().unwrap_or_default();
        let told = match (&later.problem, &later.text) {
            (Some(problem), _) => words::problem(*problem).to_owned(),
            (None, Some(words)) => text::safe(words),
            (None, None) => text::one_line(kind),
        };
        let id = printer.faint(later.record);
        printer.line(format!("    - {at}  {relation}: {told}  {id}"))?;
    }
    match more {
        0 => Ok(()),
        more => printer.line(format!("    - and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{
      "thread":"0123456789abcdef0123456789abcdef","total":3,"next":null,
      "parties":[{"phone":"4915550100777","name":"Leyla"},{"phone":"4915550100001"}],
      "records":[
        {"record":"0123456789abcdef0123456789abcdef","entry":4,"at":"2026-11-21T08:15:02Z",
         "captured":"2026-11-21T08:15:03Z","class":"message","kind":"text","origin":"live",
         "direction":"inbound","from":{"phone":"4915550100777","name":"Leyla"},
         "to":{"phone":"4915550100001"},"text":"first\nsecond","medium":null,"relation":null,
         "later":[{"record":"1123456789abcdef0123456789abcdef","entry":5,"relation":"revokes",
                   "at":"2026-11-21T08:16:00Z","kind":"revoke","from":null,"text":null}],
         "later_more":2},
        {"record":"2123456789abcdef0123456789abcdef","entry":6,"at":"2026-11-21T08:17:00Z",
         "captured":null,"class":"message","kind":"image","origin":"live","direction":"outbound",
         "from":{"phone":"4915550100001"},"to":null,"text":null,
         "medium":{"mime":"image/png","file_name":null,"id":null},"relation":null,"later":[],
         "later_more":0}]}"#;

    #[test]
    fn a_conversation_is_readable() {
        let page: ThreadView = serde_json::from_str(PAGE).unwrap();
        let mut out = vec![];
        print(&page, &mut Printer::new(&mut out, false)).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        Conversation of Leyla (4915550100777), 4915550100001

        2026-11-21 08:15:02 UTC  in   Leyla (4915550100777)  0123456789abcdef0123456789abcdef
            first
            second
            - 2026-11-21 08:16:00 UTC  taken back: revoke  1123456789abcdef0123456789abcdef
            - and 2 more

        2026-11-21 08:17:00 UTC  out  4915550100001  2123456789abcdef0123456789abcdef
            [image/png] (not fetched)

        2 of 3 records
        ");
    }
}
