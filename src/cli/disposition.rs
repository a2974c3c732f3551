//! `muniment disposition`: plans destruction, decides on it, carries it out.

mod page;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::new_file::{self, Access};
use super::remote::{Listing, Remote, RemoteArgs, behind};
use super::{Exit, Printer, Setting, choice};
use crate::api::dispositions::RunView;
use crate::projection::runs::Stage;
use crate::record::RecordId;

/// How often a run that is carried out is asked for.
const PAUSE_MS: u64 = 500;
/// Times that it is asked for while nothing is done about it.
const IDLE_MAX: u32 = 10;

const STAGES: [Stage; 5] =
    [Stage::Planned, Stage::Approved, Stage::Rejected, Stage::Started, Stage::Finished];

/// Destroy what is due and not held: plan it, have it approved, carry it out, prove it.
///
/// A plan destroys nothing. Another person approves it; then it is carried out, each
/// record judged once more. It needs a token of the role records.
#[derive(Debug, clap::Args)]
// How the daemon is asked may stand behind the step as well.
#[command(mut_args(|asking| asking.global(true)))]
#[command(after_help = "\
Examples:
  muniment disposition preview
  muniment disposition plan
  muniment disposition show RUN
  muniment disposition approve RUN --because 'Read it with counsel.'
  muniment disposition execute RUN
  muniment disposition certificate RUN -o run.certificate
  muniment certificate verify run.certificate --key log.vkey

Exit codes: 0 fine; 5 nothing is due, or there is no such run; 1 it failed.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Show what is due now; nothing is written down.
    Preview {
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Plan the destruction of what is due now.
    Plan {
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List plans, the oldest first.
    #[command(mut_arg("after", behind("RUN")))]
    List {
        /// Only those at this stage: planned, approved, rejected, started, finished.
        #[arg(long, value_parser = choice::of("a disposition is", &STAGES, Stage::as_str))]
        stage: Option<Stage>,
        #[command(flatten)]
        listing: Listing<RecordId>,
    },
    /// Show a plan and how it stands.
    Show {
        /// The run: 32 hexadecimal digits.
        run: RecordId,
        /// List entries of this group, the first is 0.
        #[arg(long, value_name = "N")]
        group: Option<usize>,
        /// How many entries to list at most.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u16,
        /// Go on behind this entry.
        #[arg(long, value_name = "ENTRY")]
        after: Option<u64>,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Approve a plan that somebody else made.
    Approve(Reasoned),
    /// Reject a plan, for good.
    Reject(Reasoned),
    /// Carry an approved plan out, or go on with one that was interrupted. It cannot be
    /// undone.
    Execute {
        /// The run.
        run: RecordId,
        /// Do not wait for its end.
        #[arg(long)]
        no_wait: bool,
        /// Print the server's last answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Get the certificate of a run that is complete.
    Certificate {
        /// The run.
        run: RecordId,
        /// Into a new file instead of to standard output.
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A step with a reason.
#[derive(Debug, clap::Args)]
struct Reasoned {
    /// The run.
    run: RecordId,
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
    match &args.act {
        Act::Preview { json } => planned("/v1/dispositions/preview", *json, &remote, printer),
        Act::Plan { json } => planned("/v1/dispositions", *json, &remote, printer),
        Act::List { stage, listing } => {
            let only = [("stage", stage.map(Stage::as_str))];
            let listed = listing.ask("/v1/dispositions", &only, &remote, printer, page::list)?;
            Ok(if listed.runs.is_empty() { Exit::Nothing } else { Exit::Fine })
        }
        Act::Show { run, group, limit, after, json } => {
            let numbers = [Some(u64::from(*limit)), *after].map(|it| it.map(|it| it.to_string()));
            let group = group.map(|group| group.to_string());
            let [limit, after] = &numbers;
            let named = [("group", &group), ("limit", limit), ("after", after)];
            let query = named.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
            let answer = remote.get(&path(*run, ""), &query.collect::<Vec<_>>())?;
            remote.print(&answer, *json, printer, page::run)
        }
        Act::Approve(args) => reasoned(args, "approve", &remote, printer),
        Act::Reject(args) => reasoned(args, "reject", &remote, printer),
        Act::Execute { run, no_wait, json } => execute(*run, *no_wait, *json, &remote, printer),
        Act::Certificate { run, out } => certificate(*run, out.as_ref(), &remote, printer),
    }
}

fn planned(
    path: &str,
    json: bool,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let answer = remote.post(path, &json!({}))?;
    let planned = remote.read_and_print(&answer, json, printer, page::planned)?;
    Ok(if planned.groups.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn reasoned(
    args: &Reasoned,
    step: &str,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let answer = remote.post(&path(args.run, step), &json!({"reason": args.because}))?;
    remote.print(&answer, args.json, printer, page::run)
}

fn execute(
    run: RecordId,
    no_wait: bool,
    json: bool,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let mut answer = remote.post(&path(run, "execute"), &json!({}))?;
    let mut idle = 0;
    loop {
        let view: RunView = remote.read(&answer)?;
        if no_wait || view.line.stage != Stage::Started {
            break;
        }
        // The work may not have begun yet when it is asked for at once.
        idle = if view.working { 0 } else { idle + 1 };
        anyhow::ensure!(
            idle < IDLE_MAX,
            "the work on the run stopped, {} of {} entries destroyed: the daemon's trace says \
             why; run the command again to go on",
            view.line.destroyed,
            view.line.records
        );
        std::thread::sleep(Duration::from_millis(PAUSE_MS));
        answer = remote.get(&path(run, ""), &[])?;
    }
    remote.print(&answer, json, printer, page::run)
}

fn certificate(
    run: RecordId,
    out: Option<&PathBuf>,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let certificate = remote.get_once_covered(&path(run, "certificate"))?;
    match out {
        Some(out) => new_file::write(out, &certificate, Access::Usual)?,
        None => printer.answer(&certificate)?,
    }
    Ok(Exit::Fine)
}

fn path(run: RecordId, step: &str) -> String {
    let path = format!("/v1/dispositions/{run}");
    if step.is_empty() { path } else { format!("{path}/{step}") }
}
