//! `muniment finding`: what looks like a breach of the rules of conduct, and what people
//! make of it.

use serde_json::json;

use super::remote::{Listing, Remote, RemoteArgs, behind};
use super::text::safe;
use super::{Exit, Printer, Setting, choice, words};
use crate::api::findings::{FindingView, FindingsView, FollowedView};
use crate::conduct::FindingState;
use crate::projection::findings::{FindingId, FindingKind};

/// Look at findings of conduct, and give a verdict on them.
///
/// A finding is a message that looks like a breach: without consent, after an opt-out,
/// outside the 24-hour window, by a template that could not be sent; or consent, or its
/// proof, that ends soon. It names a record and shows nothing of it: `muniment show` opens
/// that.
#[derive(Debug, clap::Args)]
// How the daemon is asked may stand behind the step as well.
#[command(mut_args(|asking| asking.global(true)))]
#[command(after_help = "\
Examples:
  muniment finding list --state open --kind after_opt_out
  muniment finding show after_opt_out.0198f2a1c4d27e6b8a90c1d2e3f40516
  muniment finding review after_opt_out.0198f2a1c4d27e6b8a90c1d2e3f40516 --dismissed \\
      --because 'The customer had asked for it by telephone, note 4711.'

Exit codes: 0 fine; 5 there is no such finding, or none to list; 1 it failed.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List findings, by kind, the oldest record first.
    #[command(mut_arg("after", behind("FINDING")))]
    List {
        /// Only those of this kind.
        #[arg(
            long,
            value_parser = choice::of("it is one of", &FindingKind::ALL, FindingKind::as_str)
        )]
        kind: Option<FindingKind>,
        /// Only those that stand so: open, withdrawn, accepted, dismissed.
        #[arg(
            long,
            value_parser = choice::of("it is one of", &FindingState::ALL, FindingState::as_str)
        )]
        state: Option<FindingState>,
        #[command(flatten)]
        listing: Listing<FindingId>,
    },
    /// Show a finding, and the newest verdict on it.
    Show {
        /// The finding, as the list names it.
        finding: FindingId,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    Review(ReviewArgs),
}

/// Write down what you make of a finding. A later verdict counts in its place.
#[derive(Debug, clap::Args)]
struct ReviewArgs {
    /// The finding.
    finding: FindingId,
    /// It was a breach.
    #[arg(long, required_unless_present = "dismissed", conflicts_with = "dismissed")]
    accepted: bool,
    /// It was none.
    #[arg(long)]
    dismissed: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
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
    match act {
        Act::List { kind, state, listing } => {
            let only = [
                ("kind", kind.map(FindingKind::as_str)),
                ("state", state.map(FindingState::as_str)),
            ];
            let page = listing.ask("/v1/findings", &only, remote, printer, list)?;
            Ok(if page.findings.is_empty() { Exit::Nothing } else { Exit::Fine })
        }
        Act::Show { finding, json } => {
            let answer = remote.get(&format!("/v1/findings/{finding}"), &[])?;
            told(&answer, *json, remote, printer)
        }
        Act::Review(ReviewArgs { finding, accepted, because, json, .. }) => {
            let verdict = if *accepted { "accepted" } else { "dismissed" };
            let body = json!({"verdict": verdict, "reason": because});
            let answer = remote.post(&format!("/v1/findings/{finding}/review"), &body)?;
            told(&answer, *json, remote, printer)
        }
    }
}

fn told(
    answer: &[u8],
    json: bool,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    remote.read_and_print(answer, json, printer, show)?;
    Ok(Exit::Fine)
}

/// A line for each finding.
fn list(page: &FindingsView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    for view in &page.findings {
        let (at, state) = (words::moment(view.at), view.state.as_str());
        let line = format!("{}  {state:9}  {at}  {}", view.finding, view.told);
        let over = view.state != FindingState::Open;
        printer.line(if over { printer.faint(line) } else { line })?;
    }
    let (shown, total) = (page.findings.len(), page.total);
    printer.line(printer.faint(format!("{shown} of {total} findings")))?;
    printer.more(page.next)?;
    followed(&page.followed, printer)
}

fn followed(followed: &FollowedView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let FollowedView { messages, unclear, entries_behind, full, .. } = followed;
    printer.line(printer.faint(format!(
        "{messages} messages of the business were looked at; {unclear} could not be judged in full"
    )))?;
    if *entries_behind > 0 {
        let behind = format!("{entries_behind} entries were not judged yet");
        printer.line(printer.faint(behind))?;
    }
    if *full {
        let more = "there are more than are listed: conduct.findings_max was reached";
        printer.line(printer.faint(more))?;
    }
    Ok(())
}

/// A finding, whole.
fn show(view: &FindingView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    printer.line(printer.strong(format!("Finding {}", view.finding)))?;
    let mut told = |name: &str, text: String| printer.line(format!("  {name:10} {text}"));
    told("state", view.state.as_str().to_owned())?;
    told("because", view.told.clone())?;
    let sure = if view.certain { "yes" } else { "no: something may be missing from the archive" };
    told("certain", sure.to_owned())?;
    let at = if is_ending(view.kind) { "ends" } else { "sent" };
    told(at, words::moment(view.at))?;
    told("found", words::moment(view.found))?;
    told("record", format!("{}  entry {}", view.record, view.entry))?;
    if let Some(evidence) = view.evidence {
        told("evidence", evidence.to_string())?;
    }
    if let Some(withdrawn) = &view.withdrawn {
        told("withdrawn", format!("{}: {}", words::moment(withdrawn.at), withdrawn.told))?;
    }
    if let Some(review) = &view.review {
        let by = safe(&review.by.name);
        let verdict = review.verdict.as_str();
        told("verdict", format!("{verdict} by {by}, {}", words::moment(review.at)))?;
        if let Some(reason) = &review.reason {
            told("", safe(reason))?;
        }
    }
    Ok(())
}

const fn is_ending(kind: FindingKind) -> bool {
    match kind {
        FindingKind::ConsentEnding | FindingKind::EvidenceEnding => true,
        FindingKind::WithoutConsent
        | FindingKind::AfterOptOut
        | FindingKind::OutsideWindow
        | FindingKind::TemplateNotApproved => false,
    }
}
