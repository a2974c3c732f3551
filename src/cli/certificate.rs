//! `muniment certificate`: what a certificate of destruction proves, without an archive
//! or a network.

use std::path::PathBuf;

use serde_json::json;

use super::text::{lines, one_line};
use super::wrong::Wrong;
use super::{Exit, Printer, input, vkeys, words};
use crate::causes::told;
use crate::disposition::certificate::{BadCertificate, CERTIFICATE_BYTES_MAX, Certificate, Proven};
use crate::tlog::note::VerifierKey;

const NOT_ONE: &str = "The file was cut off or altered on its way, or is something else. Get the \
    certificate again.";
const NOT_PROVEN: &str = "A receipt in it was altered, is of another log, or was signed with a key \
    that you did not give. Get the log's public keys from the business on another way.";
const OTHER: &str = "Receipts of something else were put into it.";
const ALTERED: &str = "Somebody altered the text after it was issued.";

/// Check certificates of destruction.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment disposition certificate RUN -o run.certificate
  muniment certificate verify run.certificate --key log.vkey")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Verify(VerifyArgs),
}

/// Verify a certificate: that the log says that these records were destroyed, by this plan.
///
/// It needs the file and the log's public key, and nothing else: no archive, no
/// configuration, no network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  muniment certificate verify run.certificate --key log.vkey

Exit codes: 0 it holds; 3 it does not; 1 a file could not be read.")]
struct VerifyArgs {
    /// The certificate.
    file: PathBuf,
    /// The log's public key: the text itself, or a file with it; may be given several
    /// times, for a log whose key was changed.
    #[arg(long, value_name = "FILE|KEY", required = true)]
    key: Vec<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let Act::Verify(VerifyArgs { file, key, json }) = &args.act;
    let keys = vkeys::read(key)?;
    let file = input::read(file, CERTIFICATE_BYTES_MAX)?;
    match judge(&file, &keys) {
        Ok((certificate, proven)) => {
            tell(&certificate, &proven, *json, printer)?;
            Ok(Exit::Fine)
        }
        Err(bad) => {
            let wrong = Wrong::new(told(&bad), meaning(&bad));
            wrong.tell("The certificate does not hold.", *json, printer)?;
            Ok(Exit::Wrong)
        }
    }
}

fn judge(file: &[u8], keys: &[VerifierKey]) -> Result<(Certificate, Proven), BadCertificate> {
    let certificate = Certificate::parse(file)?;
    let proven = certificate.verify(keys)?;
    Ok((certificate, proven))
}

fn tell(
    certificate: &Certificate,
    proven: &Proven,
    as_json: bool,
    printer: &mut Printer<'_>,
) -> anyhow::Result<()> {
    if as_json {
        let shown = json!({"right": true, "proven": proven, "text": certificate.text});
        printer.line(format!("{shown:#}"))?;
        return Ok(());
    }
    let Proven { origin, run, records, planned, finished, size } = proven;
    printer.line(printer.strong("The certificate holds."))?;
    for (name, value) in [
        ("log", one_line(origin)),
        ("run", run.to_string()),
        ("planned", words::moment(*planned)),
        ("complete", words::moment(*finished)),
        ("destroyed", format!("{records} entries' records")),
        ("checkpoint", format!("{size} entries")),
    ] {
        printer.line(format!("  {name:<15} {value}"))?;
    }
    printer.line("Whoever holds the log's key has signed that its log says so. The text:")?;
    for line in lines(&certificate.text) {
        printer.line(format!("  {line}"))?;
    }
    Ok(())
}

const fn meaning(bad: &BadCertificate) -> &'static str {
    match bad {
        BadCertificate::Form => NOT_ONE,
        BadCertificate::BadReceipt(_) | BadCertificate::Receipt { .. } => NOT_PROVEN,
        BadCertificate::OtherEntry(_) => OTHER,
        BadCertificate::Altered | BadCertificate::Disagree(_) => ALTERED,
    }
}
