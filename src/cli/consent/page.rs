//! Consent in words, for people.

use crate::cli::Printer;
use crate::cli::text::{one_line, safe};
use crate::cli::words::moment;
use crate::policy::consent::Certainty;
use crate::projection::consent::{Means, State, Verdict};
use crate::query::view::consent::{
    ConsentView, DecidedView, HistoryView, ImportView, Outcome, ReviewView, SignalView, StateView,
};

type Told = std::io::Result<()>;

fn subject(names: &[String]) -> String {
    names.iter().map(|name| safe(name)).collect::<Vec<_>>().join(", ")
}

/// What held, a line for each purpose and number.
pub(super) fn states(view: &ConsentView, printer: &mut Printer<'_>) -> Told {
    if view.subject.is_empty() {
        return printer.line("nothing is known of this person");
    }
    let head = format!("{} at {}", subject(&view.subject), moment(view.at));
    printer.line(printer.strong(head))?;
    for state in &view.states {
        print_state(state, printer)?;
    }
    Ok(())
}

fn print_state(view: &StateView, printer: &mut Printer<'_>) -> Told {
    let state = word(view.state);
    let number = match view.number.as_deref() {
        Some(number) => format!("to {}", safe(number)),
        None => "to any other number".to_owned(),
    };
    let since = view.since.map(|since| format!(" since {}", moment(since))).unwrap_or_default();
    let purpose = view.purpose.as_str();
    printer.line(format!("{purpose:10} {state}{since}  {number}, {}", view.channel.as_str()))?;
    if let Some(then) = view.then {
        let then = word(then);
        printer.line(format!("           what was known at that time: {then}"))?;
    }
    if view.forgotten {
        printer.line("           signals of that time were let go of: look at the records")?;
    }
    match &view.evidence {
        Some(signal) => printer.line(printer.faint(format!("           {}", proof(signal)))),
        None => Ok(()),
    }
}

/// Every signal, two lines each.
pub(super) fn history(view: &HistoryView, printer: &mut Printer<'_>) -> Told {
    if view.signals.is_empty() {
        return printer.line("nothing is known of this person");
    }
    printer.line(printer.strong(subject(&view.subject)))?;
    view.signals.iter().try_for_each(|signal| print_signal(signal, printer))
}

/// What somebody has to look at.
pub(super) fn review(view: &ReviewView, printer: &mut Printer<'_>) -> Told {
    for signal in &view.candidates {
        print_signal(signal, printer)?;
    }
    let (shown, open) = (view.candidates.len(), view.open);
    printer.line(printer.faint(format!("{shown} of {open} to look at")))?;
    printer.more(view.next)
}

fn print_signal(signal: &SignalView, printer: &mut Printer<'_>) -> Told {
    let kind = signal.kind.as_str().replace('_', "-");
    let purposes = signal.purposes.words().join(", ");
    let certainty = match (signal.certainty, &signal.resolution) {
        (Certainty::Certain, _) => "",
        (Certainty::Candidate, None) => " (to be looked at)",
        (Certainty::Candidate, Some(one)) => match one.verdict {
            Verdict::Meant => " (was looked at: meant)",
            Verdict::NotMeant => " (was looked at: not meant)",
        },
    };
    let (at, who) = (moment(signal.at), subject(&signal.subject));
    printer.line(format!("{at}  {kind} {purposes}{certainty}  {who}"))?;
    printer.line(printer.faint(format!("    {}", proof(signal))))?;
    printer.line(printer.faint(format!("    {}  entry {}", signal.record, signal.entry)))
}

/// What proves a signal, and who recorded it.
fn proof(signal: &SignalView) -> String {
    let evidence = &signal.evidence;
    let means = match evidence.means {
        Means::Message => "message",
        Means::Preference => "the provider's settings",
        Means::Form => "form",
        Means::Call => "call",
        Means::Import => "import",
    };
    let word = evidence.word.as_ref();
    let word = word.map(|[word, language, _]| format!("{} ({language})", safe(word)));
    let reference = evidence.reference.as_deref().map(safe);
    let record = evidence.record.map(|record| format!("record {record}"));
    let line = evidence.line.map(|line| format!("line {line}"));
    let by = signal.by.as_ref().map(|by| format!("recorded by {}", safe(&by.name)));
    let parts = [Some(means.to_owned()), word, reference, record, line, by];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A decision that was written down.
pub(super) fn decided(what: &str, view: &DecidedView, printer: &mut Printer<'_>) -> Told {
    printer.line(format!("{what}  {}  entry {}", view.record, view.entry))
}

/// What became of a file: each line that is refused, and how many of each kind.
pub(super) fn import(view: &ImportView, printer: &mut Printer<'_>) -> Told {
    for line in view.lines.iter().filter(|line| line.why.is_some()) {
        let why = line.why.as_deref().unwrap_or_default();
        printer.line(format!("line {}: {}", line.line, one_line(why)))?;
    }
    let count = |outcome| view.lines.iter().filter(|line| line.outcome == outcome).count();
    let (duplicate, refused) = (count(Outcome::Duplicate), count(Outcome::Refused));
    match &view.imported {
        Some(decided) => {
            let (taken, DecidedView { record, entry }) = (count(Outcome::Taken), decided);
            printer.line(format!("{taken} taken, {duplicate} known before"))?;
            printer.line(printer.faint(format!("{record}  entry {entry}")))?;
        }
        None if refused > 0 => {
            let ready = count(Outcome::Ready);
            printer.line(format!(
                "nothing was imported: {refused} refused, {ready} ready, {duplicate} known before"
            ))?;
        }
        None => printer.line(format!("nothing new: {duplicate} known before"))?,
    }
    printer.line(printer.faint(format!("SHA-256 {}", view.sha256)))
}

const fn word(state: State) -> &'static str {
    match state {
        State::Given => "given",
        State::Withdrawn => "withdrawn",
        State::Refused => "refused",
        State::Expired => "expired",
        State::Unknown => "unknown",
        State::InReview => "in review",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(print: impl FnOnce(&mut Printer<'_>) -> Told) -> String {
        let mut out = vec![];
        print(&mut Printer::new(&mut out, false)).unwrap();
        String::from_utf8(out).unwrap()
    }

    const SIGNAL: &str = r#"{"record":"0123456789abcdef0123456789abcdef","line":null,"entry":7,
        "recorded":"2026-11-21T08:00:01Z","by":null,"kind":"opt_out","certainty":"candidate",
        "subject":["4915550100777"],"purposes":["all"],"channel":"whatsapp",
        "numbers":["4915550100100"],"at":"2026-11-21T08:00:00Z","expires":null,"wording":null,
        "jurisdiction":null,"legal_basis":null,"evidence":{"means":"message",
        "record":"1123456789abcdef0123456789abcdef","word":["cancel","en","1+9c41d2aa"]},
        "resolution":null}"#;

    #[test]
    fn what_held_is_told_with_its_proof_and_what_was_known() {
        let view = format!(
            r#"{{"subject":["4915550100777"],"at":"2026-11-21T09:00:00Z","states":[
            {{"purpose":"marketing","channel":"whatsapp","number":"4915550100100",
              "state":"in_review","since":"2026-11-21T08:00:00Z","then":"given",
              "evidence":{SIGNAL}}},
            {{"purpose":"ai","channel":"whatsapp","number":null,"state":"unknown","since":null,
              "evidence":null}}]}}"#
        );
        let view: ConsentView = serde_json::from_str(&view).unwrap();
        insta::assert_snapshot!(told(|printer| states(&view, printer)), @r"
        4915550100777 at 2026-11-21 09:00:00 UTC
        marketing  in review since 2026-11-21 08:00:00 UTC  to 4915550100100, whatsapp
                   what was known at that time: given
                   message, cancel (en), record 1123456789abcdef0123456789abcdef
        ai         unknown  to any other number, whatsapp
        ");
    }

    #[test]
    fn the_review_is_told_with_how_to_go_on() {
        let view = format!(
            r#"{{"open":2,"candidates":[{SIGNAL}],"next":"0123456789abcdef0123456789abcdef"}}"#
        );
        let view: ReviewView = serde_json::from_str(&view).unwrap();
        insta::assert_snapshot!(told(|printer| review(&view, printer)), @r"
        2026-11-21 08:00:00 UTC  opt-out all (to be looked at)  4915550100777
            message, cancel (en), record 1123456789abcdef0123456789abcdef
            0123456789abcdef0123456789abcdef  entry 7
        1 of 2 to look at
        for more, add: --after 0123456789abcdef0123456789abcdef
        ");
    }

    #[test]
    fn a_file_that_was_not_imported_says_why_line_by_line() {
        let view = r#"{"sha256":"00","imported":null,"lines":[{"line":2,"outcome":"ready"},
            {"line":3,"outcome":"refused","why":"kind: \"yes\" is no kind"}]}"#;
        let view: ImportView = serde_json::from_str(view).unwrap();
        insta::assert_snapshot!(told(|printer| import(&view, printer)), @r#"
        line 3: kind: "yes" is no kind
        nothing was imported: 1 refused, 1 ready, 0 known before
        SHA-256 00
        "#);
    }
}
