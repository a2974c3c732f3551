//! `muniment event`: tells what happened outside and starts a period.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::remote::{Remote, RemoteArgs};
use super::{Exit, Printer, Setting};
use crate::api::schedules::DecidedView;

/// Tell of events that retention periods wait for: the end of a contract.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment event tell contract_end --party '+49 1555 0100777' --at 2026-11-30 \\
      --because 'Notice of 15 November, file 4711'

It needs a token of the role records. What was told is not taken back; a later telling of
the same event and party counts in its place.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Tell that something happened to somebody.
    Tell(TellArgs),
}

#[derive(Debug, clap::Args)]
struct TellArgs {
    /// Its name, as rules have it.
    event: String,
    /// Of whom it is told: a phone number in international form, a user id, a user name.
    #[arg(long, value_name = "WHO")]
    party: String,
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
    let Act::Tell(TellArgs { event, party, at, because, json, remote }) = &args.act;
    let at = moment(at)?;
    let remote = Remote::of(remote, setting)?;
    let told = json!({"event": event, "party": party, "at": at, "reason": because});
    let answer = remote.post("/v1/events", &told)?;
    if *json {
        printer.answer(&answer)?;
        return Ok(Exit::Fine);
    }
    let DecidedView { record, entry } = remote.read(&answer)?;
    printer.line(format!("{record}  entry {entry}"))?;
    Ok(Exit::Fine)
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
