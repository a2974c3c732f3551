//! `muniment tag`: puts tags on records, shows where they are, takes them.

use clap::ArgGroup;
use serde_json::{Value, json};

use super::remote::{Listing, Remote, RemoteArgs, behind};
use super::text::safe;
use super::{Exit, Printer, Setting, choice, words};
use crate::api::tags::{OnView, PutView, PuttingView, PuttingsView};
use crate::projection::tags::Stage;
use crate::record::RecordId;

/// Put tags on records, for retention rules to ask about, and take them.
///
/// On a conversation, a party or a number a tag is on what comes later, too. A putting is
/// named by the record of its decision. It needs a token of the role records; who may see
/// decisions may list and show.
#[derive(Debug, clap::Args)]
// How the daemon is asked may stand behind the step as well.
#[command(mut_args(|asking| asking.global(true)))]
#[command(after_help = "\
Examples:
  muniment tag put contract --party '+49 1555 0100777' --because 'Contract 4711 of 3 May'
  muniment tag put litigation-support --query 'mortgage after:2026-03-01' --because 'File 12'
  muniment tag list --tag contract
  muniment tag take PUTTING --because 'It was another customer.'
  muniment tag approve PUTTING --because 'I compared the file.'

Taking can let records go sooner: another person must approve it, and a plan says how many
records are due because of it.

Exit codes: 0 fine; 5 there is no such putting, or none to list; 1 it failed.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Put(Box<PutArgs>),
    /// List what tags were put on, the oldest first.
    #[command(mut_arg("after", behind("PUTTING")))]
    List {
        /// Only this tag.
        #[arg(long)]
        tag: Option<String>,
        /// Only those that stand so: stands, taking_asked, taken.
        #[arg(long, value_parser = choice::of("a putting stands as", &Stage::ALL, Stage::as_str))]
        state: Option<Stage>,
        #[command(flatten)]
        listing: Listing<RecordId>,
    },
    /// Show a putting, and what became of it.
    Show {
        /// The putting: 32 hexadecimal digits.
        putting: RecordId,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask for a tag to be taken from all that it was put on by one putting.
    Take(Reasoned),
    /// Agree to a taking that somebody else asked for.
    Approve(Reasoned),
    /// Refuse a taking that was asked for: the tag stays.
    Keep(Reasoned),
}

/// Put a tag on records.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("on")
    .args(["record", "query", "thread", "party", "number"])
    .required(true))]
struct PutArgs {
    /// Its name, as rules have it.
    tag: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// A record; may be given several times.
    #[arg(long, value_name = "RECORD", help_heading = "On")]
    record: Vec<RecordId>,
    /// What a search finds now.
    #[arg(long, help_heading = "On")]
    query: Option<String>,
    /// A conversation, with what comes later.
    #[arg(long, value_name = "ID", help_heading = "On")]
    thread: Option<String>,
    /// Everything of a party, with what comes later.
    #[arg(long, value_name = "WHO", help_heading = "On")]
    party: Option<String>,
    /// Everything of a business number, with what comes later.
    #[arg(long, help_heading = "On")]
    number: Option<String>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// A step with a reason.
#[derive(Debug, clap::Args)]
struct Reasoned {
    /// The putting.
    putting: RecordId,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    act(&args.act, &remote, printer)
}

fn act(act: &Act, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let step = |args: &Reasoned, of_it: &str| -> anyhow::Result<PuttingView> {
        let path = format!("/v1/tags/{}/{of_it}", args.putting);
        let answer = remote.post(&path, &json!({"reason": args.because}))?;
        Ok(remote.read(&answer)?)
    };
    let stepped = match act {
        Act::Put(args) => return put(args, remote, printer),
        Act::List { tag, state, listing } => {
            let only = [("tag", tag.as_deref()), ("state", state.map(Stage::as_str))];
            let page = listing.ask("/v1/tags", &only, remote, printer, list)?;
            return Ok(if page.puttings.is_empty() { Exit::Nothing } else { Exit::Fine });
        }
        Act::Show { putting, json } => {
            let answer = remote.get(&format!("/v1/tags/{putting}"), &[])?;
            return remote.print(&answer, *json, printer, show);
        }
        Act::Take(args) => step(args, "take")?,
        Act::Approve(args) => step(args, "approve")?,
        Act::Keep(args) => step(args, "keep")?,
    };
    show(&stepped, printer)?;
    Ok(Exit::Fine)
}

fn put(args: &PutArgs, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let mut asked = json!({"tag": args.tag, "reason": args.because});
    let records = (!args.record.is_empty()).then(|| json!(args.record));
    let text = |text: &Option<String>| text.as_ref().map(|text| Value::from(text.as_str()));
    for (name, on) in [
        ("records", records),
        ("query", text(&args.query)),
        ("thread", text(&args.thread)),
        ("party", text(&args.party)),
        ("number", text(&args.number)),
    ] {
        if let (Some(on), Some(asked)) = (on, asked.as_object_mut()) {
            asked.insert(name.to_owned(), on);
        }
    }
    let answer = remote.post("/v1/tags", &asked)?;
    if args.json {
        printer.answer(&answer)?;
        return Ok(Exit::Fine);
    }
    let PutView { rules, putting } = remote.read(&answer)?;
    show(&putting, printer)?;
    if rules.is_empty() {
        eprintln!("muniment: no rule in force names this tag: it decides nothing until one does");
    } else {
        eprintln!("muniment: rules that name it: {}", rules.join(", "));
    }
    Ok(Exit::Fine)
}

fn list(page: &PuttingsView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    for putting in &page.puttings {
        let told = head(putting);
        let is_over = putting.state == Stage::Taken;
        printer.line(if is_over { printer.faint(told) } else { told })?;
    }
    printer.more(page.next)
}

fn show(putting: &PuttingView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    printer.line(printer.strong(head(putting)))?;
    for step in &putting.history {
        let (at, by) = (words::moment(step.at), safe(&step.by.name));
        let (did, reason) = (&step.did, safe(&step.reason));
        printer.line(format!("  {at}  {did} by {by}, entry {}: {reason}", step.entry))?;
    }
    Ok(())
}

fn head(putting: &PuttingView) -> String {
    let PuttingView { putting, tag, state, on, .. } = putting;
    let on = match on {
        OnView::Records { count } => format!("{count} records"),
        OnView::Query { query, count, .. } => {
            format!("{count} records that {} found", safe(query))
        }
        OnView::Thread { thread } => format!("conversation {}", safe(thread)),
        OnView::Party { party } => format!("party {}", safe(party)),
        OnView::Number { number } => format!("number {}", safe(number)),
    };
    format!("{putting}  {:12}  {} on {on}", state.as_str(), safe(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_putting_is_told_in_a_line_whatever_is_in_its_name() {
        let on = OnView::Party { party: "mira\u{202E}\n".into() };
        let (state, history) = (Stage::Stands, vec![]);
        let putting = RecordId::from_bytes([7; 16]);
        let tag = "a\u{1b}[2J".into();
        let told = head(&PuttingView { putting, tag, state, on, entry: 7, history });
        assert!(!told.contains(['\n', '\u{1b}', '\u{202E}']), "{told:?}");
    }
}
