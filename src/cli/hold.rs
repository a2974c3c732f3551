//! `muniment hold`: places legal holds, tells of them, releases them.

mod page;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde_json::{Value, json};

use super::remote::{Listing, Remote, RemoteArgs, behind};
use super::{Exit, Printer, Setting, choice, input};
use crate::api::holds::{HoldView, PlacedView, Standing};
use crate::projection::holds::{NOTICE_BYTES_MAX, Placed, Scope};
use crate::record::RecordId;

const STANDINGS: [Standing; 4] =
    [Standing::InForce, Standing::ReleaseAsked, Standing::Grace, Standing::Released];

/// Keep records of a matter from destruction: place legal holds, tell of them, release them.
///
/// A hold catches what is in the archive and what comes later. It is in force when the
/// command has answered. It needs a token of the role counsel; who may see decisions may
/// list, show and report holds that are not silent.
#[derive(Debug, clap::Args)]
// How the daemon is asked may stand behind the step as well.
#[command(mut_args(|asking| asking.global(true)))]
#[command(after_help = "\
Examples:
  muniment hold place --matter 'Halyard v. Quay' --custodian 'Noor Customer' \\
      --authority 'Order of the court, 4 O 12/26' --because 'A claim was filed.' \\
      --party '+49 1555 0100777' --from 2026-01-01 --notice-file notice.txt
  muniment hold list --state in_force
  muniment hold acknowledge HOLD --notice NOTICE --by 'Noor Customer'
  muniment hold release HOLD --because 'It was settled.'
  muniment hold approve HOLD --because 'I read the settlement.'
  muniment hold report 'Halyard v. Quay' --recount
  muniment hold report 'Halyard v. Quay' --csv >report.csv

Muniment sends nothing: it keeps who was told what, and when.

Exit codes: 0 fine; 5 there is no such hold or matter, or none to list; 1 it failed.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Place(Box<PlaceArgs>),
    /// List holds, the oldest first.
    #[command(mut_arg("after", behind("HOLD")))]
    List {
        /// Only those of this matter.
        #[arg(long)]
        matter: Option<String>,
        /// Only those that stand so.
        #[arg(long, value_parser = choice::of("a hold stands as", &STANDINGS, Standing::as_str))]
        state: Option<Standing>,
        #[command(flatten)]
        listing: Listing<RecordId>,
    },
    /// Show a hold, and how many records it holds now.
    Show {
        /// The hold: 32 hexadecimal digits.
        hold: RecordId,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask for the release of a hold.
    Release(Reasoned),
    /// Agree to a release that somebody else asked for.
    Approve(Reasoned),
    /// Write down that a hold was looked at and is still needed.
    Review(Reasoned),
    /// Write down that somebody was told to keep what they have.
    Notice {
        /// The hold.
        hold: RecordId,
        /// Who was told.
        #[arg(long, value_name = "WHO")]
        to: String,
        /// A file with the exact text.
        #[arg(long, value_name = "FILE")]
        text_file: PathBuf,
    },
    /// Write down that somebody confirmed a notice.
    Acknowledge {
        /// The hold.
        hold: RecordId,
        /// The notice, as `muniment hold show` names it.
        #[arg(long)]
        notice: RecordId,
        /// Who confirmed it.
        #[arg(long, value_name = "WHO")]
        by: String,
    },
    /// Report everything about a matter: its holds, their history, notices, records held.
    Report {
        /// The matter, exactly as its holds name it.
        matter: String,
        /// Count again what the holds caught when they were placed.
        #[arg(long)]
        recount: bool,
        /// Print a table for spreadsheets: a line for each step of each hold.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Place a hold.
///
/// Of what is given everything must hold; of what is given several times, one.
#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// The case.
    #[arg(long)]
    matter: String,
    /// Whose records are held, for people to read.
    #[arg(long, value_name = "WHO")]
    custodian: String,
    /// Who ordered it.
    #[arg(long)]
    authority: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// A party: phone number in international form, user id or user name.
    #[arg(long, value_name = "WHO", help_heading = "Scope")]
    party: Vec<String>,
    /// A conversation.
    #[arg(long, value_name = "ID", help_heading = "Scope")]
    thread: Vec<String>,
    /// A business number, or its id at the provider.
    #[arg(long, help_heading = "Scope")]
    number: Vec<String>,
    /// The first day.
    #[arg(long, value_name = "DATE", help_heading = "Scope")]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DATE", help_heading = "Scope")]
    to: Option<Date>,
    /// What a search finds, now and later.
    #[arg(long, help_heading = "Scope")]
    query: Option<String>,
    /// Every record.
    #[arg(long, help_heading = "Scope")]
    everything: bool,
    /// Nobody learns of it but who may place holds.
    #[arg(long, conflicts_with = "notice_file")]
    silent: bool,
    /// A file with the exact text that the custodian is told.
    #[arg(long, value_name = "FILE")]
    notice_file: Option<PathBuf>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// A step with a reason.
#[derive(Debug, clap::Args)]
struct Reasoned {
    /// The hold.
    hold: RecordId,
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
    let step = |hold: &RecordId, of_it: &str, body: &Value| -> anyhow::Result<HoldView> {
        let answer = remote.post(&format!("/v1/holds/{hold}/{of_it}"), body)?;
        Ok(remote.read(&answer)?)
    };
    let reasoned =
        |args: &Reasoned, of_it| step(&args.hold, of_it, &json!({"reason": args.because}));
    let stepped = match act {
        Act::Place(args) => return place(args, remote, printer),
        Act::List { matter, state, listing } => {
            let only = [("matter", matter.as_deref()), ("state", state.map(Standing::as_str))];
            let listed = listing.ask("/v1/holds", &only, remote, printer, page::list)?;
            return Ok(if listed.holds.is_empty() { Exit::Nothing } else { Exit::Fine });
        }
        Act::Show { hold, json } => {
            let answer = remote.get(&format!("/v1/holds/{hold}"), &[])?;
            return remote.print(&answer, *json, printer, page::hold);
        }
        Act::Report { matter, recount, csv, json } => {
            let format = if *csv { "csv" } else { "json" };
            let recount = if *recount { "true" } else { "false" };
            let query = [("format", format), ("recount", recount)];
            let answer = remote.get(&format!("/v1/matters/{}", in_path(matter)), &query)?;
            return remote.print(&answer, *json || *csv, printer, page::report);
        }
        Act::Release(args) => reasoned(args, "release")?,
        Act::Approve(args) => reasoned(args, "approve")?,
        Act::Review(args) => reasoned(args, "review")?,
        Act::Notice { hold, to, text_file } => {
            let text = text_of(text_file)?;
            step(hold, "notices", &json!({"to": to, "text": text}))?
        }
        Act::Acknowledge { hold, notice, by } => {
            step(hold, "acknowledgements", &json!({"notice": notice, "by": by}))?
        }
    };
    page::standing(&stepped, printer)?;
    Ok(Exit::Fine)
}

fn place(args: &PlaceArgs, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let placed = Placed {
        matter: args.matter.clone(),
        custodian: args.custodian.clone(),
        reason: args.because.clone(),
        authority: args.authority.clone(),
        scope: Scope {
            everything: args.everything,
            parties: args.party.clone(),
            threads: args.thread.clone(),
            numbers: args.number.clone(),
            from: args.from,
            to: args.to,
            query: args.query.clone(),
        },
        silent: args.silent,
        notice: args.notice_file.as_deref().map(text_of).transpose()?,
    };
    let answer = remote.post("/v1/holds", &serde_json::to_value(&placed)?)?;
    if args.json {
        printer.answer(&answer)?;
        return Ok(Exit::Fine);
    }
    let PlacedView { entry, understood, hold } = remote.read(&answer)?;
    printer.line(hold.line.hold)?;
    eprintln!("muniment: the hold is in force, by entry {entry} of the log");
    if let Some(understood) = understood {
        eprintln!("muniment: the query is understood as: {understood}");
    }
    Ok(Exit::Fine)
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    input::read_text(file, NOTICE_BYTES_MAX)
}

/// A text as one piece of a path (RFC 3986, section 2.1).
fn in_path(text: &str) -> String {
    let mut piece = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            piece.push(char::from(byte));
        } else {
            piece.push_str(&format!("%{byte:02X}"));
        }
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matter_is_one_piece_of_a_path() {
        assert_eq!(in_path("A/b ü?"), "A%2Fb%20%C3%BC%3F");
    }
}
