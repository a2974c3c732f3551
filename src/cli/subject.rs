//! `muniment subject`: answers data subjects.

mod page;
mod report;
mod request;
mod requests;

use serde_json::json;

use super::remote::{Listing, Remote, RemoteArgs, behind};
use super::{Exit, Printer, Setting, choice};
use crate::api::subjects::{RestrictedView, RestrictionView};
use crate::projection::subjects::Ground;
use crate::record::RecordId;

/// Answer data subjects: what somebody is known by, everything there is of them, erasure,
/// restriction; requests and letters.
///
/// It needs a token of the role privacy or counsel. Whatever is opened is written down
/// before it is.
#[derive(Debug, clap::Args)]
// How the daemon is asked may stand behind the step as well.
#[command(mut_args(|asking| asking.global(true)))]
#[command(after_help = "\
Examples:
  muniment subject identify '+49 1555 0100777' --because 'Request of 3 November'
  muniment subject report '+49 1555 0100777' --to age1… --out noor.zip.age \\
      --because 'Request of 3 November'
  age --decrypt -i key.txt noor.zip.age > noor.zip
  muniment subject request --kind erasure --received 2026-11-20 \
      --because 'Letter of 19 November; passport shown' '+49 1555 0100777'
  muniment subject erase REQUEST --because 'Request of 20 November'
  muniment subject answer REQUEST --language de --from 'Halyard Bank, privacy@halyard.example' \
      --because 'Wir haben Ihren Antrag bearbeitet.'
  muniment subject letter REQUEST --language el
  muniment subject restrict DE.5550000000000000001 --ground accuracy \\
      --because 'Disputes the order of 2 May'
  muniment subject unrestrict RESTRICTION --because 'Corrected' \\
      --informed 'letter of 20 November'

A phone number may be written in any spelling, in international form; a user name with @.
docs/GOVERNANCE.md says what a person is found by, and what is not in a report.

Exit codes: 0 fine; 5 there is no such restriction or request, none to list, or nothing to erase; 1 it failed.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Find everything that a person is known by, and which records join it.
    Identify {
        #[command(flatten)]
        who: Who,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    Report(report::Args),
    Requests(requests::Args),
    #[command(flatten)]
    Step(request::Step),
    /// Restrict the use of a person's records (GDPR art. 18).
    Restrict {
        #[command(flatten)]
        who: Who,
        /// Take the list as the whole of it: nothing that records join to it is added.
        #[arg(long)]
        exact: bool,
        /// By what right: accuracy, unlawful, claims or objection (art. 18(1)(a) to (d)).
        #[arg(long, value_parser = choice::of("a ground is one of", &Ground::ALL, Ground::as_str))]
        ground: Ground,
        /// The request that it answers.
        #[arg(long, value_name = "REQUEST")]
        request: Option<RecordId>,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lift a restriction, after the person was told.
    Unrestrict {
        /// The restriction: 32 hexadecimal digits.
        restriction: RecordId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// How and when the person was told that it would be lifted (art. 18(3)).
        #[arg(long, value_name = "TEXT")]
        informed: String,
    },
    /// List restrictions, the oldest first.
    #[command(mut_arg("after", behind("RESTRICTION")))]
    Restrictions {
        /// Lifted ones as well.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        listing: Listing<RecordId>,
    },
}

/// Whose records, and why they are looked for.
#[derive(Debug, clap::Args)]
struct Who {
    /// What the person is known by: phone number, user id, or @user name; several of one person.
    #[arg(required = true, value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    /// Why; it is sealed into the entries that say what was opened.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    match &args.act {
        Act::Identify { who, json } => identify(who, *json, &remote, printer),
        Act::Report(args) => report::run(args, &remote, printer),
        Act::Requests(args) => requests::run(args, &remote, printer),
        Act::Step(step) => request::run(step, &remote, printer),
        Act::Restrict { who, exact, ground, request, json } => {
            let Who { identifiers, because } = who;
            let asked = json!({
                "identifiers": identifiers, "exact": exact, "ground": ground,
                "reason": because, "request": request,
            });
            let answer = remote.post("/v1/subjects/restrictions", &asked)?;
            if *json {
                printer.answer(&answer)?;
            } else {
                let placed: RestrictedView = remote.read(&answer)?;
                printer.line(placed.restriction.restriction)?;
                let entry = placed.entry;
                eprintln!("muniment: the restriction is in force, by entry {entry} of the log");
            }
            Ok(Exit::Fine)
        }
        Act::Unrestrict { restriction, because, informed } => {
            let path = format!("/v1/subjects/restrictions/{restriction}/lift");
            let answer = remote.post(&path, &json!({"reason": because, "informed": informed}))?;
            let lifted: RestrictionView = remote.read(&answer)?;
            page::restriction(&lifted, printer)?;
            Ok(Exit::Fine)
        }
        Act::Restrictions { all, listing } => {
            let path = "/v1/subjects/restrictions";
            let only = [("in_force", (!all).then_some("true"))];
            let listed = listing.ask(path, &only, &remote, printer, page::restrictions)?;
            Ok(if listed.restrictions.is_empty() { Exit::Nothing } else { Exit::Fine })
        }
    }
}

fn identify(
    who: &Who,
    json: bool,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let Who { identifiers, because } = who;
    let asked = json!({"identifiers": identifiers, "reason": because});
    let answer = remote.post("/v1/subjects/identify", &asked)?;
    remote.read_and_print(&answer, json, printer, page::identified)?;
    Ok(Exit::Fine)
}
