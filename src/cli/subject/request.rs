//! The steps of a data subject's request: told, put off, carried out, answered.

mod page;

use std::path::PathBuf;

use jiff::civil::Date;
use serde_json::json;

use crate::api::requests::view::AnswerView;
use crate::cli::new_file::{self, Access};
use crate::cli::remote::Remote;
use crate::cli::{Exit, Printer};
use crate::projection::subjects::RequestKind;
use crate::record::RecordId;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Step {
    /// Write down that somebody asked for something about their own data.
    Request {
        /// What: report, erasure, restriction.
        #[arg(long, value_parser = kind)]
        kind: RequestKind,
        /// The day on which it was received: from then on a month counts.
        #[arg(long, value_name = "DATE")]
        received: Date,
        /// How they asked, and how it is known that it was they.
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// By what they called themselves: phone numbers, user ids, user names.
        #[arg(required = true, value_name = "IDENTIFIER")]
        identifiers: Vec<String>,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a request and how it stands.
    Show {
        /// The request: 32 hexadecimal digits.
        request: RecordId,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write down that a request is answered two months later, as the person was told.
    Extend {
        /// The request.
        request: RecordId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Plan the erasure that a request asks for. Others approve it and have it carried out,
    /// as every disposition.
    Erase {
        /// The request.
        request: RecordId,
        /// Why it is looked for what the person is known by, and whose it is.
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// By what the person is known, where the request does not say it.
        #[arg(long = "identifier", value_name = "IDENTIFIER")]
        identifiers: Vec<String>,
        /// By these alone, without what records join to them.
        #[arg(long)]
        exact: bool,
        /// Only show what would go and what would stay.
        #[arg(long)]
        preview: bool,
        /// Print the server's answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Answer a request with a letter, which is printed.
    Answer {
        /// The request.
        request: RecordId,
        /// The letter's language: ar, de, el, en, es, fr, hi, it, pt, tr.
        #[arg(long)]
        language: String,
        /// Who answers, and where to reach them.
        #[arg(long, value_name = "TEXT")]
        from: String,
        /// What they say to the person, in their language.
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// What was asked for is not done, for that reason.
        #[arg(long)]
        refuse: bool,
        /// Only print the letter as it would be.
        #[arg(long)]
        draft: bool,
    },
    /// Print the letter that a request was answered with.
    Letter {
        /// The request.
        request: RecordId,
        /// In another language than it was sent in.
        #[arg(long)]
        language: Option<String>,
        /// Into a new file instead of to standard output.
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) fn run(step: &Step, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    match step {
        Step::Request { kind, received, because, identifiers, json } => {
            let body = json!({"kind": kind, "identifiers": identifiers, "reason": because,
                "received": received});
            let answer = remote.post("/v1/subjects/requests", &body)?;
            shown(&answer, *json, remote, printer)
        }
        Step::Show { request, json } => {
            shown(&remote.get(&path(*request, ""), &[])?, *json, remote, printer)
        }
        Step::Extend { request, because } => {
            let answer = remote.post(&path(*request, "extend"), &json!({"reason": because}))?;
            shown(&answer, false, remote, printer)
        }
        Step::Erase { request, because, identifiers, exact, preview, json } => {
            let named = (!identifiers.is_empty()).then_some(identifiers);
            let body = json!({"reason": because, "identifiers": named, "exact": exact,
                "preview": preview});
            let answer = remote.post(&path(*request, "erase"), &body)?;
            let view = remote.read_and_print(&answer, *json, printer, page::erasure)?;
            Ok(if view.records == 0 { Exit::Nothing } else { Exit::Fine })
        }
        Step::Answer { request, language, from, because, refuse, draft } => {
            let body = json!({"language": language, "from": from, "reason": because,
                "refuse": refuse, "draft": draft});
            let answer = remote.post(&path(*request, "answer"), &body)?;
            let view: AnswerView = remote.read(&answer)?;
            printer.bytes(view.letter.as_bytes())?;
            Ok(Exit::Fine)
        }
        Step::Letter { request, language, out } => {
            let query = language.iter().map(|language| ("language", language.as_str()));
            let letter = remote.get(&path(*request, "letter"), &query.collect::<Vec<_>>())?;
            match out {
                Some(out) => new_file::write(out, &letter, Access::Private)?,
                None => printer.bytes(&letter)?,
            }
            Ok(Exit::Fine)
        }
    }
}

fn shown(
    answer: &[u8],
    json: bool,
    remote: &Remote,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    remote.read_and_print(answer, json, printer, page::request)?;
    Ok(Exit::Fine)
}

fn path(request: RecordId, step: &str) -> String {
    let path = format!("/v1/subjects/requests/{request}");
    if step.is_empty() { path } else { format!("{path}/{step}") }
}

pub(super) fn kind(word: &str) -> Result<RequestKind, String> {
    let found = RequestKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| "a request is for a report, erasure or restriction".to_owned())
}
