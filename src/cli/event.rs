//! `muniment event`: tells what happened outside and starts a period.

use anyhow::Context as _;
use clap::ArgGroup;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::remote::{Remote, RemoteArgs};
use super::{Exit, Printer, Setting};
use crate::api::events::ToldView;
use crate::record::RecordId;

/// Tell of events that retention periods wait for: the end of a contract.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment event tell contract_end --party '+49 1555 0100777' --at 2026-11-30 \\
      --because 'Notice of 15 November, file 4711'
  muniment event tell audit_concluded --tag audit-2026 --at 2027-03-31 --because 'Report 7'

It needs a token of the role records. What was told is not taken back; a later telling of
the same event of the same party, record, conversation, tag or schedule counts in its place.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Tell that something happened, and to what.
    Tell(Box<TellArgs>),
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("of")
    .args(["party", "record", "thread", "tag", "schedule"])
    .required(true))]
struct TellArgs {
    /// Its name, as rules have it.
    event: String,
    /// A party: a phone number in international form, a user id, a user name.
    #[arg(long, value_name = "WHO", help_heading = "Of")]
    party: Option<String>,
    /// A record.
    #[arg(long, help_heading = "Of")]
    record: Option<RecordId>,
    /// A conversation.
    #[arg(long, value_name = "ID", help_heading = "Of")]
    thread: Option<String>,
    /// Every record that a tag is on.
    #[arg(long, help_heading = "Of")]
    tag: Option<String>,
    /// The decisions on a retention schedule.
    #[arg(long, value_name = "NAME", help_heading = "Of")]
    schedule: Option<String>,
    /// When it happened: a day, in UTC, or a moment.
    #[arg(long, value_name = "DATE|TIME")]
    at: String,
    /// What proves it.
    #[arg(long, value_name = "TEXT")]
    because: String,
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
    let Act::Tell(args) = &args.act;
    let told = told(args)?;
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.post("/v1/events", &told)?;
    if args.json {
        printer.answer(&answer)?;
        return Ok(Exit::Fine);
    }
    let ToldView { record, entry, rules } = remote.read(&answer)?;
    printer.line(format!("{record}  entry {entry}"))?;
    if rules.is_empty() {
        eprintln!(
            "muniment: no rule in force waits for this event: it starts no clock until one does"
        );
    }
    Ok(Exit::Fine)
}

/// What is sent: one of the things that it is told of stands in it, the others not at all.
fn told(args: &TellArgs) -> anyhow::Result<Value> {
    let mut told = json!({"event": args.event, "at": moment(&args.at)?, "reason": args.because});
    let record = args.record.map(|record| record.to_string());
    for (name, of) in [
        ("party", &args.party),
        ("record", &record),
        ("thread", &args.thread),
        ("tag", &args.tag),
        ("schedule", &args.schedule),
    ] {
        if let (Some(of), Some(told)) = (of, told.as_object_mut()) {
            told.insert(name.to_owned(), Value::from(of.as_str()));
        }
    }
    Ok(told)
}

fn moment(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<Date>()
        && !text.contains('T')
    {
        let day = day.to_zoned(TimeZone::UTC).context("the day is beyond the calendar")?;
        return Ok(day.timestamp());
    }
    text.parse().with_context(|| {
        format!(
            "{text:?} is neither a day as in 2026-11-30 nor a moment as in 2026-11-30T12:00:00Z"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_moment_are_told_apart() {
        assert_eq!(moment("2026-11-30").unwrap().to_string(), "2026-11-30T00:00:00Z");
        assert_eq!(
            moment("2026-11-30T12:00:00+01:00").unwrap().to_string(),
            "2026-11-30T11:00:00Z"
        );
        for wrong in ["30.11.2026", "2026-13-01", "yesterday", "2026-11-30T12:00:00"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
