//! What the audience sees: steps, results, and the commands to type oneself.

use std::io::{IsTerminal as _, Write as _};

use crate::stage::Stage;
use crate::story::Story;

/// Writes to standard output; in colours where that is a terminal.
#[derive(Debug)]
pub struct Tell {
    colours: bool,
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

impl Tell {
    pub fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colours: wanted && std::io::stdout().is_terminal() }
    }

    pub fn opening(&self, story: &Story) {
        self.line(&self.in_style(BOLD, "Muniment: a compliance archive, shown at work"));
        self.line(&format!(
            "Halyard Brokers is a fictional house for trading and shipping. Its staff answer on\n\
             WhatsApp; Meta reports every message to the archive: {} deliveries in five days, in {}\n\
             languages. Nothing leaves this machine.",
            story.deliveries.len(),
            story.languages().len(),
        ));
    }

    /// A step begins: what it is, and why it matters.
    pub fn step(&self, what: &str, why: &str) {
        self.line("");
        self.line(&self.in_style(BOLD, what));
        self.line(&format!("  {why}"));
    }

    /// The command that does it by hand.
    pub fn command(&self, command: &str) {
        self.line(&self.in_style(DIM, &format!("  $ {command}")));
    }

    /// What came of it.
    pub fn result(&self, text: &str) {
        self.line(&format!("  {} {text}", self.in_style(GREEN, "✓")));
    }

    /// Something worth a line below a result.
    pub fn detail(&self, text: &str) {
        self.line(&format!("      {text}"));
    }

    /// What a program printed: its first lines.
    pub fn output(&self, text: &str, lines_max: usize) {
        let lines: Vec<&str> = text.trim_end().lines().collect();
        for line in lines.iter().take(lines_max) {
            self.line(&format!("    {}{line}", self.in_style(DIM, "│ ")));
        }
        if let Some(more) = lines.len().checked_sub(lines_max + 1) {
            let more = format!("│ … and {} lines more", more + 1);
            self.line(&format!("    {}", self.in_style(DIM, &more)));
        }
    }

    /// A line without any mark.
    pub fn plain(&self, text: &str) {
        self.line(text);
    }

    /// The last line of a demonstration that went well.
    pub fn ending(&self, stage: &Stage) {
        self.line("");
        self.line(&format!(
            "All of it went as promised. The daemon is stopped and {} removed;\n\
             `bin/demo --keep` leaves both, for you to go on.",
            stage.dir().display()
        ));
    }

    /// What went wrong, and the last lines of the daemon's trace.
    pub fn failure(&self, what: &str, trace: Option<String>) {
        let mut text = format!("\n{} {what}\n", self.in_style(RED, "The demonstration failed:"));
        if let Some(trace) = trace.filter(|trace| !trace.is_empty()) {
            text.push_str("\nThe daemon's last words were:\n");
            text.push_str(&trace);
            text.push('\n');
        }
        // Nothing is to be done where even this cannot be written.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    fn line(&self, text: &str) {
        // A closed pipe (`| head`) does not end the demonstration.
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    fn in_style(&self, style: &str, text: &str) -> String {
        if self.colours { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }
}

/// A command as one would type it into a shell.
pub fn shell(words: &[&str]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let quote = |word: &&str| {
        if !word.is_empty() && word.chars().all(plain) {
            (*word).to_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}
