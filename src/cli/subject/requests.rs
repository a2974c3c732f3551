//! Lists what people asked about their own data, and by when it must be answered.

use super::request::kind;
use crate::api::requests::view::{RequestView, RequestsView};
use crate::cli::remote::Remote;
use crate::cli::text::{isolated, one_line};
use crate::cli::{Exit, Printer, words};
use crate::projection::subjects::RequestKind;
use crate::record::RecordId;

/// List data subjects' requests, the oldest first.
#[derive(Debug, clap::Args)]
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
    /// How many to show at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u16,
    /// Go on behind this request.
    #[arg(long, value_name = "REQUEST")]
    after: Option<RecordId>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let Args { open, late, kind, limit, after, json } = args;
    let (limit, after) = (limit.to_string(), after.map(|after| after.to_string()));
    let mut query = vec![("limit", limit.as_str())];
    query.extend(open.then_some(("open", "true")));
    query.extend(late.then_some(("late", "true")));
    query.extend(kind.map(|kind| ("kind", kind.as_str())));
    query.extend(after.as_deref().map(|after| ("after", after)));
    let answer = remote.get("/v1/subjects/requests", &query)?;
    let listed: RequestsView = remote.read(&answer)?;
    if *json {
        printer.answer(&answer)?;
    } else {
        for request in &listed.requests {
            printer.line(line(request))?;
        }
        if let Some(next) = listed.next {
            eprintln!("muniment: there are more; go on with --after {next}");
        }
    }
    Ok(if listed.requests.is_empty() { Exit::Nothing } else { Exit::Fine })
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
