//! `muniment search`: finds records by what they say, who, and when.

use clap::ValueEnum;

use super::remote::{Remote, RemoteArgs};
use super::text::{isolated, one_line};
use super::{Exit, Printer, Setting, words};
use crate::query::view::{HitView, SearchView};

/// Search the archive. The search itself is written down in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A query is words, all of which must be there, and conditions:
  \"exact phrase\"   begin*   NOT word   (this OR that)
  from:NUMBER  to:NUMBER  party:NUMBER-OR-NAME  type:image  direction:in  file:invoice
  after:2026-11-01  before:2026-12-01  class:message  thread:ID
Letters with and without accents, vowel signs or capital form are the same.
An empty query, '', finds everything.

Examples:
  muniment search 'refund invoice'
  muniment search --party +4915550100777 --order oldest ''
  muniment search 'חשבונית OR פקטורה after:2026-11-01' --json | jq -r '.hits[].record'

Exit codes: 0 something was found; 5 nothing was; 1 it failed.")]
pub(super) struct Args {
    /// What to look for; quote it for your shell.
    query: String,
    /// Only records in which this number, user id or name takes part.
    #[arg(long, value_name = "WHO")]
    party: Option<String>,
    /// Newest first, oldest first, or best match first.
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    order: Order,
    /// How many results to show at most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u16,
    /// Go on where an earlier search ended.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Fewer entries are searchable within a second, and the search itself is one.
const BEHIND_TOLD_MIN: u64 = 1000;

/// In which order results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// The best match first.
    Best,
}

impl Order {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Best => "best",
        }
    }
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let request = serde_json::json!({
        "q": query(&args.query, args.party.as_deref()),
        "order": args.order.as_str(),
        "limit": args.limit,
        "cursor": args.after,
    });
    let answer = remote.post("/v1/search", &request)?;
    let page = remote.read_and_print(&answer, args.json, printer, print)?;
    Ok(if page.hits.is_empty() { Exit::Nothing } else { Exit::Fine })
}

/// The query as asked, narrowed to a party. An OR binds less than what is added,
/// so a query that may hold one is put into parentheses.
fn query(asked: &str, party: Option<&str>) -> String {
    let Some(party) = party else { return asked.to_owned() };
    let condition = format!("party:\"{}\"", party.replace('"', " ").trim());
    match asked.trim() {
        "" => condition,
        asked if asked.contains("OR") => format!("({asked}) {condition}"),
        asked => format!("{asked} {condition}"),
    }
}

fn print(page: &SearchView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    for hit in &page.hits {
        print_hit(hit, printer)?;
    }
    let shown = page.hits.len();
    let of = match page.total {
        total if total == shown => format!("{shown} found"),
        total => format!("{shown} of {total} found"),
    };
    printer.line(printer.faint(of))?;
    printer.more(page.next.as_ref())?;
    let behind = page.log.saturating_sub(page.searchable);
    if behind >= BEHIND_TOLD_MIN {
        let note = format!("the newest {behind} entries are not searchable yet");
        printer.line(printer.faint(note))?;
    }
    Ok(())
}

fn print_hit(hit: &HitView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let kind = hit.kind.as_deref().map(one_line);
    let class = hit.class.map(|class| class.to_string());
    let kind = kind.or(class).unwrap_or_default();
    let parties = words::parties(hit.from.as_ref(), hit.to.as_ref());
    let (at, way) = (words::moment(hit.at), words::way(hit.direction));
    let head = format!("{at}  {way}  {kind:10}  {parties}");
    printer.line(printer.strong(head.trim_end()))?;
    if let Some(problem) = hit.problem {
        printer.line(format!("    {}", words::problem(problem)))?;
    }
    if let Some(medium) = &hit.medium {
        let medium = words::medium(medium.mime.as_deref(), medium.file_name.as_deref());
        printer.line(format!("    {medium}"))?;
    }
    let excerpt = excerpt(hit, printer);
    if !excerpt.trim().is_empty() {
        printer.line(format!("    {excerpt}"))?;
    }
    printer.line(printer.faint(format!("    {}  entry {}", hit.record, hit.entry)))?;
    printer.line("")
}

/// The excerpt in one line, what was looked for painted.
fn excerpt(hit: &HitView, printer: &Printer<'_>) -> String {
    let mut line = String::new();
    for segment in &hit.excerpt {
        let text = one_line(&segment.text);
        line.push_str(&if segment.hit { printer.hit(text) } else { text });
    }
    isolated(&line)
}

#[cfg(test)]
mod tests;
