//! `muniment receipt verify`: what a receipt proves, without an archive or a network.

mod proven;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use proven::Shown;

use crate::causes::told;
use crate::cli::wrong::Wrong;
use crate::cli::{Exit, Printer, input, vkeys};
use crate::entry::{LEAF_BYTES_MAX, codec};
use crate::tlog::checkpoint::OpenError;
use crate::tlog::note::{Untrusted, VerifierKey};
use crate::tlog::policy::{POLICY_BYTES_MAX, Policy};
use crate::tlog::receipt::{RECEIPT_BYTES_MAX, Receipt, ReceiptError};

const NOT_A_RECEIPT: &str = "The file was cut off or altered on its way, or is something else. Get \
    the receipt again.";
const NO_ENTRY: &str = "A receipt proves an entry, and this one does not carry it. Give the entry's \
    exact bytes with --entry.";
const OTHER_ENTRY: &str = "The receipt carries another entry than the file of --entry. One of the \
    two was exchanged.";
const NO_KNOWN_KEY: &str = "No key that you gave signed it. The receipt is of another log, the log \
    changed its key (give its other keys too), or somebody forged it.";
const BAD_SIGNATURE: &str =
    "The checkpoint was altered after it was signed, or somebody forged it.";
const OTHER_LOG: &str = "A key that you gave signed it, but for a log that the key is not of.";
const NOT_IN_TREE: &str = "The log has another entry at this place: the entry, its number or the \
    path of hashes was altered.";
const NO_MUNIMENT_ENTRY: &str = "The log does hold these bytes at this place. They are not an entry \
    that this version of Muniment reads; a newer one may.";
const TOO_FEW_WITNESSES: &str = "The log did sign it, but too few of the witnesses that your policy \
    asks for have vouched that everybody is shown the same log.";

/// Verify a receipt: that the log has the entry that the receipt carries.
///
/// It needs the file and the log's public key, and nothing else: no archive, no
/// configuration, no network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment receipt verify evidence.tlog-proof --key log.vkey
  muniment receipt verify evidence.tlog-proof --key log.vkey --policy witnesses.policy --json

Get the public key from the business on another way than the receipt, best long before:
who gives you both together can have made both.

Exit codes: 0 it proves the entry; 3 it does not; 1 a file could not be read.")]
pub(super) struct Args {
    /// The receipt.
    file: PathBuf,
    /// The log's public key: the text itself, or a file with it; may be given several
    /// times, for a log whose key was changed.
    #[arg(long, value_name = "FILE|KEY", required_unless_present = "policy")]
    key: Vec<String>,
    /// The exact bytes of the entry, for a receipt that does not carry it, or to be
    /// compared with what it carries.
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
    /// A C2SP tlog-policy: the logs and witnesses that you trust, and how many of them
    /// must have signed. Without, the witnesses' signatures are not checked.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let policy = args.policy.as_deref().map(read_policy).transpose()?;
    let mut keys = vkeys::read(&args.key)?;
    let of_policy = policy.iter().flat_map(Policy::logs).map(|log| log.key().clone());
    for key in of_policy {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    anyhow::ensure!(
        !keys.is_empty(),
        "the policy names no log: give the log's public key with --key"
    );
    let entry = args.entry.as_deref().map(|path| input::read(path, LEAF_BYTES_MAX)).transpose()?;
    let text = input::read(&args.file, RECEIPT_BYTES_MAX)?;
    match judge(&text, entry, &keys, policy.as_ref()) {
        Ok(shown) => {
            shown.tell(args.json, printer)?;
            Ok(Exit::Fine)
        }
        Err(wrong) => {
            wrong.tell("The receipt does not prove its entry.", args.json, printer)?;
            Ok(Exit::Wrong)
        }
    }
}

fn read_policy(path: &std::path::Path) -> anyhow::Result<Policy> {
    use anyhow::Context as _;
    let text = input::read_text(path, POLICY_BYTES_MAX)?;
    text.parse().with_context(|| format!("{} is no policy", path.display()))
}

/// What the receipt proves by these keys, or why nothing.
fn judge(
    text: &[u8],
    entry: Option<Vec<u8>>,
    keys: &[VerifierKey],
    policy: Option<&Policy>,
) -> Result<Shown, Wrong> {
    let receipt: Receipt = std::str::from_utf8(text)
        .map_err(|_| Wrong::new("the file is no text", NOT_A_RECEIPT))?
        .parse()
        .map_err(|error| Wrong::new(told(&error), NOT_A_RECEIPT))?;
    let leaf = match (entry, receipt.extra()) {
        (None, []) => return Err(Wrong::new("the entry is missing", NO_ENTRY)),
        (None, carried) => carried.to_vec(),
        (Some(given), carried) if carried.is_empty() || carried == given => given,
        (Some(_), _) => return Err(Wrong::new("two different entries", OTHER_ENTRY)),
    };
    let proven = receipt
        .verify_by(&leaf, keys)
        .map_err(|error| Wrong::new(told(&error), meaning(&error)))?;
    let entry =
        codec::decode(&leaf).map_err(|error| Wrong::new(told(&error), NO_MUNIMENT_ENTRY))?;
    if entry.index != receipt.index() {
        let problem = format!("entry {} calls itself {}", receipt.index(), entry.index);
        return Err(Wrong::new(problem, NO_MUNIMENT_ENTRY));
    }
    let mut shown = Shown::new(&receipt, &proven, &entry);
    if let Some(policy) = policy {
        let cosigned = policy.cosigned(receipt.checkpoint());
        let cosigned = cosigned.map_err(|error| Wrong::new(told(&error), BAD_SIGNATURE))?;
        if !cosigned.meets {
            let witnesses = cosigned.by.iter().map(|(witness, _)| witness.name());
            let witnesses: Vec<&str> = witnesses.collect();
            let problem = match witnesses.as_slice() {
                [] => "no witness of the policy cosigned it".to_owned(),
                some => format!("of the policy's witnesses only these: {}", some.join(", ")),
            };
            return Err(Wrong::new(problem, TOO_FEW_WITNESSES));
        }
        shown.add_witnesses(&cosigned);
    }
    Ok(shown)
}

const fn meaning(error: &ReceiptError) -> &'static str {
    match error {
        ReceiptError::Checkpoint(OpenError::Untrusted(Untrusted::NoKnownKey)) => NO_KNOWN_KEY,
        ReceiptError::Checkpoint(OpenError::OtherOrigin { .. }) => OTHER_LOG,
        ReceiptError::Checkpoint(
            OpenError::Untrusted(Untrusted::BadSignature { .. } | Untrusted::AmbiguousKey { .. })
            | OpenError::Note(_)
            | OpenError::Text(_),
        ) => BAD_SIGNATURE,
        ReceiptError::Inclusion(_) => NOT_IN_TREE,
    }
}
