//! What the doctor says: a line for each check, and the sum of them.

use std::path::Path;

use serde::Serialize;

use crate::cli::{Exit, Printer};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Ok,
    /// Nothing is wrong; whoever runs the archive should know it.
    Note,
    Wrong,
    /// It could not be looked at.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Check {
    state: State,
    /// What was looked at.
    check: &'static str,
    /// What was found, and what it means.
    text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Every check, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Check>);

/// What a program is told.
#[derive(Serialize)]
struct Json<'a> {
    archive: &'a Path,
    /// As the exit code says.
    state: State,
    checks: &'a [Check],
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "WRONG",
            Self::Unknown => "?",
        }
    }
}

impl Report {
    pub(super) fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.0.push(Check { state: State::Ok, check, text: text.into(), advice: None });
    }

    pub(super) fn note(
        &mut self,
        check: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(State::Note, check, text, advice);
    }

    pub(super) fn wrong(
        &mut self,
        check: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(State::Wrong, check, text, advice);
    }

    pub(super) fn unknown(
        &mut self,
        check: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(State::Unknown, check, text, advice);
    }

    fn add(
        &mut self,
        state: State,
        check: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let advice = Some(advice.into());
        self.0.push(Check { state, check, text: text.into(), advice });
    }

    fn count(&self, state: State) -> usize {
        self.0.iter().filter(|check| check.state == state).count()
    }

    /// Whether a check has found something wrong.
    pub(super) fn has_wrong(&self, check: &str) -> bool {
        self.0.iter().any(|made| made.check == check && made.state == State::Wrong)
    }

    fn sum(&self) -> State {
        match (self.count(State::Wrong), self.count(State::Unknown)) {
            (0, 0) => State::Ok,
            (0, _) => State::Unknown,
            (_, _) => State::Wrong,
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self.sum() {
            State::Ok | State::Note => Exit::Fine,
            State::Wrong => Exit::Wrong,
            State::Unknown => Exit::Incomplete,
        }
    }

    pub(super) fn to_json(&self, archive: &Path) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&Json { archive, state: self.sum(), checks: &self.0 })
    }

    pub(super) fn print(&self, printer: &mut Printer<'_>) -> std::io::Result<()> {
        for Check { state, check, text, advice } in &self.0 {
            let word = format!("{:6}", state.word());
            let word = if *state == State::Wrong { printer.strong(word) } else { word };
            printer.line(format!("{word} {check}: {text}"))?;
            if let Some(advice) = advice {
                printer.line(format!("       do: {advice}"))?;
            }
        }
        let (wrong, unknown) = (self.count(State::Wrong), self.count(State::Unknown));
        let sum = match self.sum() {
            State::Ok | State::Note => "Nothing is wrong.".to_owned(),
            State::Unknown => {
                format!("Nothing wrong was seen, but {unknown} could not be looked at.")
            }
            State::Wrong if wrong == 1 => "1 thing is WRONG.".to_owned(),
            State::Wrong => format!("{wrong} things are WRONG."),
        };
        printer.line(printer.strong(sum))
    }
}
