//! A run from its beginning, or from where an earlier one was interrupted, to its
//! end; how far it is, is written down on the way.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::progress::Teller;
use crate::aside::{self, Points, USUAL};
use crate::fault::Point;
use crate::seal::Keyring;
use crate::store::Store;
use crate::verify::{Report, Request, Run, STATE_BYTES_MAX};

/// Pieces for each thread between two times that the state is written down: a
/// quarter of a million entries.
const PIECES_BETWEEN: u64 = 64;

/// A run, and the file that its state is in.
pub(super) struct Course<'a> {
    run: Run<'a>,
    threads: usize,
    state: Option<PathBuf>,
}

impl<'a> Course<'a> {
    /// Goes on from the state, where there is one; else begins.
    pub(super) fn begin(
        store: &'a Store,
        keyring: Option<&'a Keyring>,
        request: &'a Request,
        state: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let saved = state.map(read).transpose()?.flatten();
        let run = match (saved, state) {
            (Some(saved), Some(path)) => Run::resume(store, keyring, request, &saved)
                .with_context(|| {
                    format!(
                        "cannot go on from {}; delete it to begin anew, or name another file",
                        path.display()
                    )
                })?,
            _ => Run::begin(store, keyring, request),
        };
        Ok(Self { run, threads: request.threads, state: state.map(Path::to_owned) })
    }

    /// Runs to the end.
    pub(super) fn run(mut self, teller: &mut Teller) -> anyhow::Result<Report> {
        let threads = u64::try_from(self.threads).unwrap_or(1).max(1);
        let pieces = threads.saturating_mul(PIECES_BETWEEN);
        while self.run.advance(self.threads, pieces, |progress| teller.show(progress)) {
            if let Some(path) = &self.state {
                replace(path, &self.run.save())
                    .with_context(|| format!("could not write {}", path.display()))?;
            }
        }
        teller.end();
        let report = self.run.finish();
        if let Some(path) = &self.state {
            remove(path).with_context(|| format!("could not remove {}", path.display()))?;
        }
        Ok(report)
    }
}

/// The state in a file; `None` where there is no file.
fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let could_not = || format!("could not read {}", path.display());
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(could_not),
    };
    anyhow::ensure!(
        size <= STATE_BYTES_MAX,
        "{} is too large for the state of a verification: name another file",
        path.display()
    );
    fs::read(path).map(Some).with_context(could_not)
}

/// Replaces a file so that after a crash it holds the old bytes or the new ones.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    aside::replace(path, bytes, USUAL, Points::one(Point::VerifySaved))
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        // It was never written: there was nothing to do.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
