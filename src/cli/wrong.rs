//! What is wrong with a proof, and what that means.

use serde_json::json;

use super::Printer;
use super::text::one_line;

/// A proof does not hold.
#[derive(Debug)]
pub(super) struct Wrong {
    problem: String,
    meaning: &'static str,
}

impl Wrong {
    pub(super) fn new(problem: impl Into<String>, meaning: &'static str) -> Self {
        Self { problem: problem.into(), meaning }
    }

    /// Says it below a title, or as JSON.
    pub(super) fn tell(
        &self,
        title: &str,
        as_json: bool,
        printer: &mut Printer<'_>,
    ) -> std::io::Result<()> {
        let Self { problem, meaning } = self;
        if as_json {
            let shown = json!({"right": false, "problem": problem, "meaning": meaning});
            return printer.line(format!("{shown:#}"));
        }
        printer.line(printer.strong(title))?;
        printer.line(format!("  what is wrong   {}", one_line(problem)))?;
        printer.line(format!("  what it means   {meaning}"))
    }
}
