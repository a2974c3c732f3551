//! `muniment policy adopt`, `withdraw`, `adopted`: what is in force in an archive.

use std::path::PathBuf;

use serde_json::json;

use crate::api::schedules::{AdoptedView, SchedulesView, VersionView};
use crate::cli::remote::{Remote, RemoteArgs};
use crate::cli::text::{one_line, safe};
use crate::cli::{Exit, Printer, Setting, words};

/// The type that a schedule's file is sent as.
const TOML: &str = "application/toml";

/// Adopt a schedule: it is in force when the command has answered.
///
/// The file and the reason are sealed, the file's SHA-256 stands in the log. For records
/// that are there already a schedule can lengthen what was promised, and never shorten it.
/// It needs a token of the role records.
#[derive(Debug, clap::Args)]
pub(super) struct AdoptArgs {
    /// The file, or the name of a schedule that is shipped.
    file: PathBuf,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Withdraw a schedule: it holds no more for records to come.
///
/// For the records that are there it counts on.
#[derive(Debug, clap::Args)]
pub(super) struct WithdrawArgs {
    /// Its name.
    name: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// List the schedules that were adopted in an archive, those of old as well.
#[derive(Debug, clap::Args)]
pub(super) struct AdoptedArgs {
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

pub(super) fn adopt(
    args: &AdoptArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let text = super::text(&args.file)?;
    let remote = Remote::of(&args.remote, setting)?.because(&args.because);
    let answer = remote.post_file("/v1/schedules", TOML, text.as_bytes())?;
    if args.json {
        printer.answer(&answer)?;
        return Ok(Exit::Fine);
    }
    let adopted: AdoptedView = remote.read(&answer)?;
    for warning in &adopted.warnings {
        eprintln!("muniment: {}", one_line(warning));
    }
    let AdoptedView { entry, name, version, sha256, .. } = adopted;
    printer.line(format!("{name}, version {version}, is in force, by entry {entry} of the log"))?;
    printer.line(format!("SHA-256 of the file: {sha256}"))?;
    Ok(Exit::Fine)
}

pub(super) fn withdraw(
    args: &WithdrawArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let path = format!("/v1/schedules/{}/withdraw", args.name);
    let answer = remote.post(&path, &json!({"reason": args.because}))?;
    if args.json {
        printer.answer(&answer)?;
    } else {
        let name = one_line(&args.name);
        printer
            .line(format!("{name} is withdrawn; for the records that are there it counts on"))?;
    }
    Ok(Exit::Fine)
}

pub(super) fn list(
    args: &AdoptedArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.get("/v1/schedules", &[])?;
    let listed = remote.read_and_print(&answer, args.json, printer, print)?;
    Ok(if listed.schedules.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn print(listed: &SchedulesView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    listed.schedules.iter().try_for_each(|version| print_version(version, printer))
}

fn print_version(version: &VersionView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let VersionView { name, version: number, title, sha256, adopted, by, since, until, .. } =
        version;
    let (adopted, by) = (words::moment(*adopted), safe(by));
    let head = format!("{name} {number}  {}", safe(title));
    printer.line(match until {
        None => printer.strong(head),
        Some(until) => printer.faint(format!("{head}  (until entry {until})")),
    })?;
    printer.line(printer.faint(format!("    adopted {adopted} by {by}, entry {since}")))?;
    printer.line(printer.faint(format!("    {sha256}")))
}
