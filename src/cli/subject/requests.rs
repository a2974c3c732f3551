//! Lists what people asked about their own data, and by when it must be answered.

use super::request::kind;
use crate::api::requests::view::{RequestView, RequestsView};
use crate::cli::remote::{Listing, Remote, behind};
use crate::cli::text::{isolated, one_line};
use crate::cli::{Exit, Printer, words};
use crate::projection::subjects::RequestKind;
use crate::record::RecordId;

/// List data subjects' requests, the oldest first.
#[derive(Debug, clap::Args)]
#[command(mut_arg("after", behind("REQUEST")))]
pub(super) struct Args {
    /// Only those that were not answered.
    #[arg(long)]
    open: bool,
    /// Only those that are late.
    #[arg(long)]
    late: bool,
    /// Only those that ask for this: report, erasure, restriction.
    #[arg(long, value_parser = kind)]
    kind: Option<RequestKind>,
    #[command(flatten)]
    listing: Listing<RecordId>,
}

pub(super) fn run(args: &Args, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let Args { open, late, kind, listing } = args;
    let only = [
        ("open", open.then_some("true")),
        ("late", late.then_some("true")),
        ("kind", kind.map(RequestKind::as_str)),
    ];
    let listed = listing.ask("/v1/subjects/requests", &only, remote, printer, list)?;
    Ok(if listed.requests.is_empty() { Exit::Nothing } else { Exit::Fine })
}

fn list(listed: &RequestsView, printer: &mut Printer<'_>) -> std::io::Result<()> {
    for request in &listed.requests {
        printer.line(line(request))?;
    }
    if let Some(next) = listed.next {
        eprintln!("muniment: there are more; go on with --after {next}");
    }
    Ok(())
}

fn line(request: &RequestView) -> String {
    let standing = match (&request.answered, request.late) {
        (Some(answer), false) => format!("answered {}", words::moment(answer.at)),
        (Some(answer), true) => format!("answered late, {}", words::moment(answer.at)),
        (None, false) => format!("to be answered before {}", words::moment(request.due)),
        (None, true) => format!("LATE since {}", words::moment(request.due)),
    };
    let named: Vec<String> = request.identifiers.iter().map(|it| one_line(it)).collect();
    let (id, kind, received) = (request.request, request.kind.as_str(), request.received);
    format!("{id}  {kind:11}  received {received}  {standing}  {}", isolated(&named.join(", ")))
}
