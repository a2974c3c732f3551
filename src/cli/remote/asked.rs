//! What commands do alike with what they ask for: they print it, as it was sent or for
//! people, and wait for what is not there yet.

use std::io;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{Remote, RemoteError};
use crate::cli::{Exit, Printer};

/// Tries to get what no checkpoint covers yet.
const TRIES_MAX: u32 = 10;
const PAUSE_MS: u64 = 500;

impl Remote {
    /// Prints an answer: as it was sent, or as a page.
    pub(in crate::cli) fn print<View: DeserializeOwned>(
        &self,
        answer: &[u8],
        as_sent: bool,
        printer: &mut Printer<'_>,
        page: impl FnOnce(&View, &mut Printer<'_>) -> io::Result<()>,
    ) -> anyhow::Result<Exit> {
        if as_sent {
            printer.answer(answer)?;
        } else {
            page(&self.read(answer)?, printer)?;
        }
        Ok(Exit::Fine)
    }

    /// The same of an answer that the command itself looks at, whichever way it is printed.
    pub(in crate::cli) fn read_and_print<View: DeserializeOwned>(
        &self,
        answer: &[u8],
        as_sent: bool,
        printer: &mut Printer<'_>,
        page: impl FnOnce(&View, &mut Printer<'_>) -> io::Result<()>,
    ) -> anyhow::Result<View> {
        let view = self.read(answer)?;
        if as_sent {
            printer.answer(answer)?;
        } else {
            page(&view, printer)?;
        }
        Ok(view)
    }

    /// Gets what is there once a checkpoint covers it, which takes a second or so.
    pub(in crate::cli) fn get_once_covered(&self, path: &str) -> Result<Vec<u8>, RemoteError> {
        let mut tries = 1;
        loop {
            match self.get(path, &[]) {
                Err(error) if error.is_not_yet() && tries < TRIES_MAX => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(PAUSE_MS));
                }
                answer => break answer,
            }
        }
    }
}
