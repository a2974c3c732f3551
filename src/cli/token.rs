//! `muniment token`: who may ask the archive.

use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{Exit, Printer, Setting, text};
use crate::api::role::Role;
use crate::api::tokens::{self, Token};

const DAY_SECONDS: u64 = 24 * 60 * 60;
/// The longest life of a token that is given one: ten years.
const EXPIRES_DAYS_MAX: u64 = 3660;

/// Make, list and revoke the tokens with which people and programs ask the archive.
///
/// It works on the file of the configured archive, with or without a running
/// daemon; the daemon sees changes at once. Run it as the user that the daemon
/// runs as.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Roles:
  auditor   checks the log: checkpoints, entries, receipts; reads no content
  officer   searches and reads as well; each reading is written down in the log
  counsel   an officer who also places and releases legal holds
  records   adopts retention schedules, plans and approves dispositions; reads no content
  admin     an officer who also sees who has tokens

Examples:
  muniment token create \"Dana Weiss\" --role officer --expires-days 365 > dana.token
  muniment token list
  muniment token revoke 3f9c2a7b1d5e8046")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Make a token and print it. It is shown this once, and kept nowhere.
    Create {
        /// Whose it is, for people to read.
        name: String,
        /// What it may do.
        #[arg(long, value_name = "auditor|officer|counsel|records|privacy|admin")]
        role: Role,
        /// Refuse it after so many days; without, it is good until it is revoked.
        #[arg(
            long,
            value_name = "DAYS",
            value_parser = clap::value_parser!(u64).range(1..=EXPIRES_DAYS_MAX)
        )]
        expires_days: Option<u64>,
    },
    /// List the tokens, those revoked as well.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token; it is refused from then on.
    Revoke {
        /// Its id, as `muniment token list` shows it.
        id: String,
    },
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let archive = setting.config()?.archive;
    let path = archive.tokens_file();
    anyhow::ensure!(
        archive.data.is_dir(),
        "there is no archive in {}: create one with `muniment init`",
        archive.data.display()
    );
    let now = setting.clock.now();
    match &args.act {
        Act::Create { name, role, expires_days } => {
            let life = expires_days.map(|days| Duration::from_secs(days * DAY_SECONDS));
            let expires = life.map(|life| now.checked_add(life)).transpose();
            let expires = expires.context("the token would expire beyond the calendar's end")?;
            let (token, text) = tokens::create(&path, name, *role, now, expires)?;
            eprintln!("muniment: token {} for {}; it is not shown again:", token.id, line(&token));
            printer.line(text.as_str())?;
        }
        Act::List { json: true } => {
            printer.line(serde_json::to_string_pretty(&shown(&tokens::list(&path)?))?)?;
        }
        Act::List { json: false } => list(&tokens::list(&path)?, now, printer)?,
        Act::Revoke { id } => {
            let token = tokens::revoke(&path, id, now)?;
            printer.line(format!("revoked {}: {}", token.id, line(&token)))?;
        }
    }
    Ok(Exit::Fine)
}

fn list(tokens: &[Token], now: Timestamp, printer: &mut Printer<'_>) -> anyhow::Result<()> {
    if tokens.is_empty() {
        eprintln!("muniment: there are no tokens; `muniment token create` makes one");
    }
    for token in tokens {
        let text =
            format!("{}  {:7}  {}  {}", token.id, token.role, state(token, now), name(token));
        let text = if token.is_good_at(now) { text } else { printer.faint(text) };
        printer.line(text)?;
    }
    Ok(())
}

fn state(token: &Token, now: Timestamp) -> String {
    match (token.revoked, token.expires) {
        (Some(revoked), _) => format!("revoked {revoked:.0}"),
        (None, Some(expires)) if expires <= now => format!("expired {expires:.0}"),
        (None, Some(expires)) => format!("until {expires:.0}"),
        (None, None) => "no end".to_owned(),
    }
}

fn line(token: &Token) -> String {
    format!("{}, {}", name(token), token.role)
}

fn name(token: &Token) -> String {
    text::safe(&token.name)
}

/// The tokens without the digests of their secrets.
fn shown(tokens: &[Token]) -> Vec<serde_json::Value> {
    let each = tokens.iter().map(|token| {
        serde_json::json!({
            "id": token.id,
            "name": token.name,
            "role": token.role,
            "created": token.created,
            "expires": token.expires,
            "revoked": token.revoked,
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_token_shows_its_state_and_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.toml");
        let now: Timestamp = "2026-11-21T08:00:00.5Z".parse().unwrap();
        let later = now + Duration::from_secs(60);
        tokens::create(&path, "דנה", Role::Officer, now, Some(later)).unwrap();
        let (second, _) = tokens::create(&path, "Robot", Role::Auditor, now, None).unwrap();
        tokens::revoke(&path, &second.id, now).unwrap();
        let tokens = tokens::list(&path).unwrap();

        let mut out = vec![];
        list(&tokens, now, &mut Printer::new(&mut out, false)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].contains("until 2026-11-21T08:01:00Z"), "{text}");
        assert!(lines[0].ends_with("\u{2068}דנה\u{2069}"), "{text}");
        assert!(lines[1].contains("auditor  revoked 2026-11-21T08:00:00Z  Robot"), "{text}");
        let json = serde_json::to_string(&shown(&tokens)).unwrap();
        assert!(!json.contains("secret") && !json.contains(&tokens[0].secret_sha256));
    }
}
