//! How a command ends: its exit code, and what it says when it failed.

use std::io::ErrorKind;
use std::process::ExitCode;

use super::remote::RemoteError;

/// The exit codes, as `--help` lists them. 2 is the argument parser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    Fine = 0,
    Failed = 1,
    /// `verify` found something wrong.
    Wrong = 3,
    /// `verify` could not check everything.
    Incomplete = 4,
    /// Nothing found, or no such record.
    Nothing = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Says on standard error what failed, and why, and gives the exit code for it.
pub(super) fn tell(error: &anyhow::Error) -> Exit {
    if nobody_reads(error) {
        return Exit::Fine;
    }
    eprint!("{}", told(error));
    match error.downcast_ref::<RemoteError>() {
        Some(error) if error.is_not_found() => Exit::Nothing,
        _ => Exit::Failed,
    }
}

/// `muniment search … | head`: the reader has had enough.
fn nobody_reads(error: &anyhow::Error) -> bool {
    let broken = |error: &std::io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.downcast_ref::<std::io::Error>().is_some_and(broken)
}

/// What failed on the first line, each cause on one of its own.
fn told(error: &anyhow::Error) -> String {
    let mut text = format!("muniment: {error}\n");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("     why: {cause}\n"));
    }
    text
}

/// The same in one line.
pub(super) fn in_one_line(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn each_cause_has_a_line() {
        let error = Err::<(), _>(std::io::Error::other("disk on fire"))
            .context("could not write")
            .unwrap_err();
        assert_eq!(told(&error), "muniment: could not write\n     why: disk on fire\n");
    }

    #[test]
    fn a_reader_who_leaves_is_no_failure() {
        let gone = std::io::Error::from(ErrorKind::BrokenPipe);
        assert_eq!(tell(&gone.into()), Exit::Fine);
    }
}
