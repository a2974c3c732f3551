//! `muniment consent`: who consents to what, what proves it, and telling more.

mod page;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use jiff::Timestamp;

use super::remote::{Remote, RemoteArgs};
use super::{Exit, Printer, Setting};
use crate::policy::consent::{Channel, Kind, Purpose, Purposes};
use crate::projection::consent::{IMPORT_BYTES_MAX, Means};
use crate::record::RecordId;

/// Say who consents to what, and what proves it. Reading is written down in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment consent show +4915550100777 --purpose marketing --at 2026-06-01T14:03:00Z
  muniment consent history +4915550100777
  muniment consent tell +4915550100777 opt-out --purposes all --by call --reference 'call 4711'
  muniment consent review
  muniment consent review 0f2c… --not-meant --because 'cancelled an order'
  muniment consent import crm.csv
  muniment consent export +4915550100777 --purpose marketing > consent.json

docs/GOVERNANCE.md says how signals become consent, docs/API.md what a file's columns are.

Exit codes: 0 fine; 5 nothing is known; 1 it failed, or a file was not imported.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Whether somebody consents, now or at a past time.
    Show(ShowArgs),
    /// Every signal of somebody, by its time.
    History(HistoryArgs),
    /// Tell of a signal, with what proves it.
    Tell(Box<TellArgs>),
    /// List the messages that somebody has to look at, or say what was found in one.
    Review(ReviewArgs),
    /// Import a CSV file of signals: all of it, or nothing.
    Import(ImportArgs),
    /// Write out a consent record in the shape of ISO/IEC TS 27560, as JSON.
    Export(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// A phone number, a user id or another identifier of the person.
    subject: String,
    /// To what: service, marketing, recording or ai; every one where none is named.
    #[arg(long)]
    purpose: Option<Purpose>,
    /// On which channel.
    #[arg(long, default_value = "whatsapp")]
    channel: Channel,
    /// To which business number, by its digits or its id.
    #[arg(long)]
    number: Option<String>,
    /// When, as 2026-06-01T14:03:00Z; now where nothing is said.
    #[arg(long)]
    at: Option<Timestamp>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Args)]
struct HistoryArgs {
    /// A phone number, a user id or another identifier of the person.
    subject: String,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Args)]
struct TellArgs {
    /// A phone number, a user id or another identifier of the person.
    subject: String,
    /// What they said.
    #[arg(value_enum)]
    kind: Said,
    /// Further identifiers of the same person.
    #[arg(long, value_name = "IDENTIFIER")]
    also: Vec<String>,
    /// To what: service, marketing, recording, ai, separated by commas; or all.
    #[arg(long)]
    purposes: Purposes,
    /// On which channel; on every one where none is named.
    #[arg(long)]
    channel: Option<Channel>,
    /// To which business number; to every one where none is named.
    #[arg(long)]
    number: Option<String>,
    /// When, as 2026-06-01T14:03:00Z; now where nothing is said.
    #[arg(long)]
    at: Option<Timestamp>,
    /// When it ends by itself.
    #[arg(long)]
    expires: Option<Timestamp>,
    /// How it was given.
    #[arg(long, value_enum)]
    by: By,
    /// The record of this archive that shows it.
    #[arg(long, value_name = "ID")]
    record: Option<RecordId>,
    /// Where it is kept elsewhere: the form's or the call's number.
    #[arg(long)]
    reference: Option<String>,
    /// SHA-256 of the file that shows it, in hex.
    #[arg(long)]
    sha256: Option<String>,
    /// The words that the person was told.
    #[arg(long)]
    wording: Option<String>,
    /// Which version of these words.
    #[arg(long)]
    wording_version: Option<String>,
    /// In which language they were.
    #[arg(long)]
    language: Option<String>,
    /// Whose law applies.
    #[arg(long)]
    jurisdiction: Option<String>,
    /// On which ground of it.
    #[arg(long)]
    legal_basis: Option<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Args)]
struct ReviewArgs {
    /// The candidate that you have looked at; all are listed where none is named.
    #[arg(requires = "because")]
    candidate: Option<RecordId>,
    /// It was meant as the word says.
    #[arg(long, requires = "candidate", conflicts_with = "not_meant")]
    meant: bool,
    /// It was not about being written to.
    #[arg(long, requires = "candidate")]
    not_meant: bool,
    /// What it is about, where that is less than the lexicon says.
    #[arg(long, requires = "meant")]
    purposes: Option<Purposes>,
    /// Why you think so.
    #[arg(long, value_name = "TEXT", requires = "candidate")]
    because: Option<String>,
    /// Go on behind this candidate.
    #[arg(long, value_name = "ID", conflicts_with = "candidate")]
    after: Option<RecordId>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The file: CSV, UTF-8, with the columns of docs/API.md.
    file: PathBuf,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Said {
    OptIn,
    OptOut,
    Refused,
    Expired,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Message,
    Preference,
    Form,
    Call,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match &args.act {
        Act::Show(args) => show(args, setting, printer),
        Act::History(args) => history(args, setting, printer),
        Act::Tell(args) => tell(args, setting, printer),
        Act::Review(args) => review(args, setting, printer),
        Act::Import(args) => import(args, setting, printer),
        Act::Export(args) => export(args, setting, printer),
    }
}

impl ShowArgs {
    fn ask(&self, remote: &Remote, path: &str) -> anyhow::Result<Vec<u8>> {
        let at = self.at.map(|at| at.to_string());
        let mut query =
            vec![("subject", self.subject.as_str()), ("channel", self.channel.as_str())];
        query.extend(self.purpose.map(|purpose| ("purpose", purpose.as_str())));
        query.extend(self.number.as_deref().map(|number| ("number", number)));
        query.extend(at.as_deref().map(|at| ("at", at)));
        Ok(remote.get(path, &query)?)
    }
}

fn show(args: &ShowArgs, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let answer = args.ask(&remote, "/v1/consent")?;
    let view = remote.read_and_print(&answer, args.json, printer, page::states)?;
    Ok(if view.subject.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn export(args: &ShowArgs, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    anyhow::ensure!(args.purpose.is_some(), "a record is of one purpose: name it with --purpose");
    let remote = Remote::of(&args.remote, setting)?;
    printer.answer(&args.ask(&remote, "/v1/consent/record")?)?;
    Ok(Exit::Fine)
}

fn history(
    args: &HistoryArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.get("/v1/consent/history", &[("subject", &args.subject)])?;
    let view = remote.read_and_print(&answer, args.json, printer, page::history)?;
    Ok(if view.signals.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn tell(args: &TellArgs, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let kind = match args.kind {
        Said::OptIn => Kind::OptIn,
        Said::OptOut => Kind::OptOut,
        Said::Refused => Kind::Refused,
        Said::Expired => Kind::Expired,
    };
    let means = match args.by {
        By::Message => Means::Message,
        By::Preference => Means::Preference,
        By::Form => Means::Form,
        By::Call => Means::Call,
    };
    let subject: Vec<&String> = std::iter::once(&args.subject).chain(&args.also).collect();
    let request = serde_json::json!({
        "kind": kind,
        "subject": subject,
        "purposes": args.purposes,
        "channel": args.channel,
        "number": args.number,
        "at": args.at.unwrap_or_else(|| setting.clock.now()),
        "expires": args.expires,
        "wording": {
            "text": args.wording,
            "version": args.wording_version,
            "language": args.language,
        },
        "jurisdiction": args.jurisdiction,
        "legal_basis": args.legal_basis,
        "evidence": {
            "means": means,
            "record": args.record,
            "reference": args.reference,
            "sha256": args.sha256,
        },
    });
    let answer = remote.post("/v1/consent", &request)?;
    page::decided("told", &remote.read(&answer)?, printer)?;
    Ok(Exit::Fine)
}

fn review(args: &ReviewArgs, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    if let Some(candidate) = args.candidate {
        anyhow::ensure!(args.meant != args.not_meant, "say --meant or --not-meant");
        let request = serde_json::json!({
            "verdict": if args.meant { "meant" } else { "not_meant" },
            "purposes": args.purposes,
            "reason": args.because,
        });
        let answer = remote.post(&format!("/v1/consent/review/{candidate}"), &request)?;
        page::decided("resolved", &remote.read(&answer)?, printer)?;
        return Ok(Exit::Fine);
    }
    let after = args.after.map(|after| after.to_string());
    let query: Vec<_> = after.as_deref().map(|after| ("after", after)).into_iter().collect();
    let answer = remote.get("/v1/consent/review", &query)?;
    let view = remote.read_and_print(&answer, args.json, printer, page::review)?;
    Ok(if view.candidates.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn import(args: &ImportArgs, setting: &Setting, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let file = std::fs::read(&args.file)
        .with_context(|| format!("{} cannot be read", args.file.display()))?;
    anyhow::ensure!(
        file.len() <= IMPORT_BYTES_MAX,
        "{} is larger than {IMPORT_BYTES_MAX} bytes: cut it into several",
        args.file.display()
    );
    let answer = remote.post_file("/v1/consent/import", "text/csv", &file)?;
    let view = remote.read_and_print(&answer, args.json, printer, page::import)?;
    let is_refused = view.lines.iter().any(|line| line.why.is_some());
    Ok(if is_refused { Exit::Failed } else { Exit::Fine })
}
