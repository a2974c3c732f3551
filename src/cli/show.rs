//! `muniment show`: one record, whole.

mod media;
mod page;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::remote::{Remote, RemoteArgs, record_path};
use super::{Exit, Printer, Setting};
use crate::query::view::{DeliveryContent, RecordView};
use crate::record::{Class, Record, RecordId};

/// Show a record. Reading it is written down in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment show 0123456789abcdef0123456789abcdef
  muniment show 0123456789abcdef0123456789abcdef --raw | jq .
  muniment show 0123456789abcdef0123456789abcdef --media evidence/

On the page, signs that would move a terminal's cursor or turn its writing around
are replaced or left out; --json and --raw are exact.

Exit codes: 0 fine; 5 there is no such record; 1 it failed.")]
pub(super) struct Args {
    /// The record's id: 32 hexadecimal digits.
    record: RecordId,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    /// Print the provider's own bytes: of a delivery the whole body, of any other
    /// record its element in it.
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// Save the record's media into DIR, as new files.
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// What was sealed, by what it is.
enum Content {
    Record(Box<Record>),
    Delivery(DeliveryContent),
    /// An access, or a medium, whose bytes are had with `--media`.
    Other,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.get(&record_path(args.record, ""), &[])?;
    let view: RecordView = remote.read(&answer)?;
    let content = content_of(&view);
    if args.json {
        printer.answer(&answer)?;
    } else if args.raw {
        printer.bytes(&raw(&content, &view)?)?;
    } else {
        page::print(&view, &content, printer)?;
    }
    if let Some(dir) = &args.media {
        media::save(&remote, &view, &content, dir)?;
    }
    Ok(Exit::Fine)
}

fn content_of(view: &RecordView) -> Content {
    let content = view.content.get();
    if view.class.holds_record() {
        serde_json::from_str(content).map_or(Content::Other, Content::Record)
    } else if view.class == Class::Delivery {
        serde_json::from_str(content).map_or(Content::Other, Content::Delivery)
    } else {
        Content::Other
    }
}

fn raw(content: &Content, view: &RecordView) -> anyhow::Result<Vec<u8>> {
    match content {
        Content::Record(record) => Ok(record.raw.get().as_bytes().to_vec()),
        Content::Delivery(delivery) => BASE64_STANDARD
            .decode(&delivery.body_base64)
            .context("the server's answer holds no base64 where the body should be"),
        Content::Other => {
            bail!("a record of class {} is none of the provider's: leave out --raw", view.class)
        }
    }
}

#[cfg(test)]
mod tests;
