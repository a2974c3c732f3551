//! How far a verification is: a bar on a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::verify::{Progress, Stage};

/// How often a line is written.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Tells on standard error how far it is.
pub(super) struct Teller {
    bar: Option<ProgressBar>,
    lines: bool,
    stage: Option<Begun>,
    told: Instant,
}

/// The stage that it is at, and where that was when it was first seen: rate and
/// time left are those of this run, not of one that it goes on from.
struct Begun {
    stage: Stage,
    done: u64,
    at: Instant,
}

impl Teller {
    /// A bar where there is a terminal; a line every ten seconds where that was
    /// asked for.
    pub(super) fn new(lines: bool) -> Self {
        let bar = std::io::stderr().is_terminal() && !lines;
        Self { bar: bar.then(bar_on_terminal), lines, stage: None, told: Instant::now() }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        if self.bar.is_none() && !self.lines {
            return;
        }
        let now = Instant::now();
        let began = self.stage.take().filter(|begun| begun.stage == progress.stage);
        let begun = began.unwrap_or_else(|| self.enter(progress, now));
        if let Some(bar) = &self.bar {
            bar.set_position(progress.done);
            bar.set_message(line(&begun, progress, now));
        } else if now.duration_since(self.told) >= LINE_EVERY {
            self.told = now;
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "{}", line(&begun, progress, now));
        }
        self.stage = Some(begun);
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn enter(&self, progress: Progress, now: Instant) -> Begun {
        if let Some(bar) = &self.bar {
            bar.set_length(progress.of);
        }
        Begun { stage: progress.stage, done: progress.done, at: now }
    }
}

fn bar_on_terminal() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {msg}");
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How far, how fast, how long yet, and what was found.
fn line(begun: &Begun, progress: Progress, now: Instant) -> String {
    let Progress { stage, done, of, findings } = progress;
    let of_what = match stage {
        Stage::Entries => "entries",
        Stage::Rows => "parts of the look-ups",
    };
    let mut line = format!("{done} of {of} {of_what}");
    let here = done.saturating_sub(begun.done);
    let millis = now.duration_since(begun.at).as_millis();
    let rate = u128::from(here).saturating_mul(1000).checked_div(millis).unwrap_or(0);
    if let Some(left) = u128::from(of.saturating_sub(done)).checked_div(rate) {
        line.push_str(&format!(", {rate} a second, {} left", clock(left)));
    }
    if findings > 0 {
        line.push_str(&format!(", {findings} found wrong"));
    }
    line
}

/// Seconds as people read them.
fn clock(seconds: u128) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        hours => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_are_those_of_this_run() {
        let begun = Begun { stage: Stage::Entries, done: 1_000_000, at: Instant::now() };
        let progress =
            Progress { stage: Stage::Entries, done: 2_000_000, of: 9_200_000, findings: 0 };
        let later = |seconds| begun.at + Duration::from_secs(seconds);
        let told = line(&begun, progress, later(10));
        assert_eq!(told, "2000000 of 9200000 entries, 100000 a second, 1:12 left");
        let told = line(&begun, Progress { findings: 3, ..progress }, later(10_000));
        assert_eq!(told, "2000000 of 9200000 entries, 100 a second, 20:00:00 left, 3 found wrong");
    }

    #[test]
    fn before_anything_is_known_no_time_is_told() {
        let begun = Begun { stage: Stage::Rows, done: 1, at: Instant::now() };
        let progress = Progress { stage: Stage::Rows, done: 1, of: 768, findings: 0 };
        assert_eq!(line(&begun, progress, begun.at), "1 of 768 parts of the look-ups");
    }
}
