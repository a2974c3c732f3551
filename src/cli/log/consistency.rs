//! `muniment log consistency`: whether two checkpoints are of one history.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::causes::told;
use crate::cli::remote::{Remote, RemoteArgs};
use crate::cli::text::one_line;
use crate::cli::wrong::Wrong;
use crate::cli::{Exit, Printer, Setting, input, vkeys};
use crate::tlog::checkpoint::{Checkpoint, OpenError, open_by};
use crate::tlog::note::{NOTE_BYTES_MAX, Note, VerifierKey};
use crate::tlog::proof::{ConsistencyProof, PROOF_HASHES_MAX, verify_consistency};
use crate::tlog::{Hash, TreeSize};

/// The longest proof: a line of 44 characters for each hash, and room for line ends.
const PROOF_BYTES_MAX: usize = PROOF_HASHES_MAX * 48;

const UNSIGNED: &str = "It is not a checkpoint that the log signed with the keys that you gave: it \
    was altered, it is another log's, or the log's key was changed (give the older and the newer \
    key).";
const REWRITTEN: &str = "The log signed two different trees of one size: its history was \
    rewritten. Keep both checkpoints, they are the evidence of it.";
const NOT_LED: &str = "Either the proof is not the one for these two sizes, or the log's history \
    was rewritten between them. Get the proof again, from elsewhere if you can; when none can be \
    had that leads from one to the other, keep both checkpoints: they are the evidence of it.";

/// Check that two checkpoints are of one history: that the larger log is the smaller
/// one with entries added, and nothing else.
///
/// The proof comes from a file, and then nothing else is asked; or from the daemon.
/// It does not matter who made it: a wrong proof leads nowhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment log consistency last-year.checkpoint today.checkpoint --key log.vkey --proof proof
  muniment log consistency last-year.checkpoint today.checkpoint --key log.vkey \\
    --server https://archive.example.com --token-file auditor.token

A proof for --proof: `curl …/v1/log/consistency?old=SIZE&new=SIZE`, with the sizes in the
second lines of the two checkpoints.

Exit codes: 0 they are of one history; 3 they are not, or one is not signed by the log;
1 it could not be checked.")]
pub(super) struct Args {
    /// A checkpoint that was kept.
    old: PathBuf,
    /// A later one.
    new: PathBuf,
    /// The log's public key: the text itself, or a file with it; may be given several
    /// times, for a log whose key was changed.
    #[arg(long, value_name = "FILE|KEY", required = true)]
    key: Vec<String>,
    /// The proof: a hash in base64 on each line.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Print the result as JSON.
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
    let keys = vkeys::read(&args.key)?;
    let both = [read(&args.old)?, read(&args.new)?];
    let paths = [&args.old, &args.new];
    let opened = open(&both, paths, &keys);
    let judged = match opened {
        Ok([old, new]) => {
            let proof = proof(args, setting, &old, &new)?;
            judge(&old, &new, &proof).map(|()| (old, new))
        }
        Err(wrong) => Err(wrong),
    };
    match judged {
        Ok((old, new)) => {
            tell_right(&old, &new, args.json, printer)?;
            Ok(Exit::Fine)
        }
        Err(wrong) => {
            wrong.tell(
                "It is not shown that the two checkpoints are of one history.",
                args.json,
                printer,
            )?;
            Ok(Exit::Wrong)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    input::read_text(path, NOTE_BYTES_MAX)
}

/// Opens both, and gives the smaller one first.
fn open(
    notes: &[String; 2],
    paths: [&PathBuf; 2],
    keys: &[VerifierKey],
) -> Result<[Checkpoint; 2], Wrong> {
    let one = |note: &str, path: &Path| {
        let opened = Note::parse(note).map_err(OpenError::Note);
        let opened = opened.and_then(|note| open_by(&note, keys));
        opened
            .map(|(checkpoint, _)| checkpoint)
            .map_err(|error| Wrong::new(format!("{}: {}", path.display(), told(&error)), UNSIGNED))
    };
    let ([first, second], [first_path, second_path]) = (notes, paths);
    let (first, second) = (one(first, first_path)?, one(second, second_path)?);
    if first.origin() != second.origin() {
        let problem = format!("one is of the log {}, one of {}", first.origin(), second.origin());
        return Err(Wrong::new(problem, "They say nothing about each other."));
    }
    Ok(if first.size() > second.size() { [second, first] } else { [first, second] })
}

/// The proof of the file, else of the daemon; none where none is needed.
fn proof(
    args: &Args,
    setting: &Setting,
    old: &Checkpoint,
    new: &Checkpoint,
) -> anyhow::Result<ConsistencyProof> {
    if let Some(path) = &args.proof {
        let text = input::read_text(path, PROOF_BYTES_MAX)?;
        return parse(&text).with_context(|| format!("{} is no proof", path.display()));
    }
    if old.size() == new.size() || old.size() == TreeSize::EMPTY {
        return Ok(ConsistencyProof::new(vec![])?);
    }
    let remote = Remote::of(&args.remote, setting)
        .context("the proof is missing: give it with --proof, or say which daemon has it")?;
    let sizes = [old.size(), new.size()].map(|size| size.to_string());
    let [old, new] = &sizes;
    let text = remote.get("/v1/log/consistency", &[("old", old), ("new", new)])?;
    parse(&String::from_utf8_lossy(&text)).context("the daemon's answer is no proof")
}

fn parse(text: &str) -> anyhow::Result<ConsistencyProof> {
    let hashes: Vec<Hash> = text.lines().map(Hash::from_base64).collect::<Result<_, _>>()?;
    Ok(ConsistencyProof::new(hashes)?)
}

fn judge(old: &Checkpoint, new: &Checkpoint, proof: &ConsistencyProof) -> Result<(), Wrong> {
    let (small, large) = (old.size(), new.size());
    let meaning = if small == large { REWRITTEN } else { NOT_LED };
    verify_consistency(small, large, old.root(), new.root(), proof)
        .map_err(|error| Wrong::new(error.to_string(), meaning))
}

fn tell_right(
    old: &Checkpoint,
    new: &Checkpoint,
    as_json: bool,
    printer: &mut Printer<'_>,
) -> std::io::Result<()> {
    if as_json {
        let of = |checkpoint: &Checkpoint| json!({"size": checkpoint.size().get(), "root": checkpoint.root()});
        let shown = json!({"right": true, "log": old.origin(), "old": of(old), "new": of(new)});
        return printer.line(format!("{shown:#}"));
    }
    printer.line(printer.strong("The two checkpoints are of one history."))?;
    printer.line(format!(
        "The log {} of {} entries is that of {} entries with entries added: none of those\n\
         was altered, removed or put elsewhere.",
        one_line(old.origin()),
        new.size(),
        old.size(),
    ))
}

#[cfg(test)]
mod tests;
