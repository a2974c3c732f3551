//! Takes a person's package in, and leaves no file that looks whole and is not.
//!
//! It is written beside its place (`OUT.part`) and put there when all of it has come and
//! is on disk.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::Who;
use crate::aside;
use crate::cli::new_file::{self, Access};
use crate::cli::remote::Remote;
use crate::cli::{Exit, Printer};
use crate::fault::{self, Point};
use crate::record::RecordId;

/// Take out everything there is of a person, sealed to who is to open it (GDPR art. 15).
///
/// The package is an age file around a ZIP with a page to read, the records, media, and
/// what proves them. Only the key of --to opens it: neither the archive nor this command does.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    who: Who,
    /// Take the list as the whole of it: nothing that records join to it is added.
    #[arg(long)]
    exact: bool,
    /// Who is to open it: the public key of an age identity; `age-keygen` makes one.
    #[arg(long, value_name = "AGE1…")]
    to: String,
    /// Where the package goes; it is not there before it is whole.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The request that it answers.
    #[arg(long, value_name = "REQUEST")]
    request: Option<RecordId>,
}

pub(super) fn run(args: &Args, remote: &Remote, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let Args { who: Who { identifiers, because }, exact, to, out, request } = args;
    if out.exists() {
        let out = out.display();
        return Err(anyhow!("{out} is there already and is not replaced: name another"));
    }
    let asked = json!({
        "identifiers": identifiers, "exact": exact, "recipient": to,
        "reason": because, "request": request,
    });
    let package = remote.post_and_open("/v1/subjects/report", &asked)?;
    let part = beside(out);
    let bytes = take(package, &part)?;
    fault::at(Point::NewFile, || std::fs::rename(&part, out))
        .and_then(|()| aside::sync_folder_of(out, Point::NewFile))
        .with_context(|| format!("could not name {} {}", part.display(), out.display()))?;
    printer.line(out.display())?;
    eprintln!("muniment: {bytes} bytes; only the key of {to} opens them");
    Ok(Exit::Fine)
}

/// Writes all that comes; says where it broke off.
fn take(mut package: impl Read, part: &Path) -> anyhow::Result<u64> {
    let mut file = new_file::create(part, Access::Private)?;
    let (mut taken, mut piece) = (0_u64, vec![0; 64 * 1024]);
    loop {
        let read = match package.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let what = format!(
                    "the package broke off after {taken} bytes; what came is in {}, and does \
                     not open to its end: remove it and ask again",
                    part.display()
                );
                return Err(anyhow!(error).context(what));
            }
        };
        let came = piece.get(..read).unwrap_or_default();
        file.write_all(came).with_context(|| could_not_write(part))?;
        taken += read as u64;
    }
    fault::at(Point::NewFile, || file.sync_all()).with_context(|| could_not_write(part))?;
    Ok(taken)
}

fn could_not_write(part: &Path) -> String {
    format!("could not write {}; remove it and ask again", part.display())
}

fn beside(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".part");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives some bytes, then fails.
    struct Broken(usize);

    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            let given = self.0.min(into.len());
            self.0 -= given;
            Ok(given)
        }
    }

    #[test]
    fn what_breaks_off_is_told_with_how_much_came_and_takes_nobodys_place() {
        let dir = tempfile::tempdir().unwrap();
        let part = beside(&dir.path().join("noor.zip.age"));
        assert!(part.ends_with("noor.zip.age.part"));
        let told = take(Broken(100_000), &part).unwrap_err();
        assert!(told.to_string().contains("after 100000 bytes"), "{told}");
        assert_eq!(std::fs::metadata(&part).unwrap().len(), 100_000);
        let again = take(&b"whole"[..], &part).unwrap_err().to_string();
        assert!(again.contains("not replaced"), "{again}");
    }
}
