//! Where results go: standard output, in colours where it is a terminal.

use std::fmt::Display;
use std::io::Write;

const STRONG: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const HIT: &str = "\u{1b}[1;33m";
const PLAIN: &str = "\u{1b}[0m";

/// Prints a command's results.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    colours: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, colours: bool) -> Self {
        Self { out, colours }
    }

    /// Prints a line.
    pub(super) fn line(&mut self, text: impl Display) -> std::io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Says how to go on, where a list has more.
    pub(super) fn more(&mut self, next: Option<impl Display>) -> std::io::Result<()> {
        match next {
            Some(next) => self.line(self.faint(format!("for more, add: --after {next}"))),
            None => Ok(()),
        }
    }

    /// Prints bytes exactly.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Prints what a server sent, and ends its last line.
    pub(super) fn answer(&mut self, body: &[u8]) -> std::io::Result<()> {
        self.out.write_all(body.trim_ascii_end())?;
        self.out.write_all(b"\n")
    }

    /// Makes sure that all of it is out.
    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }

    /// A text that stands out.
    pub(super) fn strong(&self, text: impl Display) -> String {
        self.painted(STRONG, text)
    }

    /// A text that stands back.
    pub(super) fn faint(&self, text: impl Display) -> String {
        self.painted(FAINT, text)
    }

    /// What was searched for.
    pub(super) fn hit(&self, text: impl Display) -> String {
        self.painted(HIT, text)
    }

    fn painted(&self, paint: &str, text: impl Display) -> String {
        if self.colours { format!("{paint}{text}{PLAIN}") } else { text.to_string() }
    }
}

impl std::fmt::Debug for Printer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printer").field("colours", &self.colours).finish_non_exhaustive()
    }
}
