//! The letter to a person: what came of what they asked for, why something is kept, and
//! where they can complain (GDPR art. 12(3), (4)).
//!
//! Plain text, and the same text each time: what varies is filled into the template of a
//! language (`letters/*.toml`). It names no legal hold, and nothing that a record says.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::projection::subjects::{Account, Counted, Request, RequestKind, Why};
use crate::record::{Class, RecordId};

/// The languages that a letter can be in.
pub const LANGUAGES: [&str; 10] = ["ar", "de", "el", "en", "es", "fr", "hi", "it", "pt", "tr"];

/// What a letter says.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The request that it answers.
    pub reference: RecordId,
    /// As it was told.
    pub request: &'a Request,
    /// Who answers, and where to reach them.
    pub from: &'a str,
    /// What they say, in their words.
    pub note: &'a str,
    /// What came of an erasure.
    pub account: Option<&'a Account>,
}

/// The words of a language; what stands in braces is filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    language: String,
    right_to_left: bool,
    request: String,
    identifiers: String,
    as_of: String,
    nothing: String,
    destroyed: String,
    destroyed_nothing: String,
    certificates: String,
    kept: String,
    duty: String,
    duty_after: String,
    claim: String,
    restricted: String,
    refusal: String,
    unreadable: String,
    after: String,
    remains: String,
    rights: String,
    titles: HashMap<String, String>,
    classes: HashMap<String, String>,
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let files = [
        include_str!("../../letters/ar.toml"),
        include_str!("../../letters/de.toml"),
        include_str!("../../letters/el.toml"),
        include_str!("../../letters/en.toml"),
        include_str!("../../letters/es.toml"),
        include_str!("../../letters/fr.toml"),
        include_str!("../../letters/hi.toml"),
        include_str!("../../letters/it.toml"),
        include_str!("../../letters/pt.toml"),
        include_str!("../../letters/tr.toml"),
    ];
    files.map(|file| toml::from_str(file).expect("a template that a test has read")).into()
});

impl Letter<'_> {
    /// The letter in a language; `None` where there is no template of it.
    pub fn write(&self, language: &str) -> Option<String> {
        let words = WORDS.iter().find(|words| words.language == language)?;
        let request = self.request;
        let mut text = format!("{}\n\n", words.title(request.kind));
        let mut say = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        say(&printable(self.from));
        say("");
        let received = request.received.to_string();
        let reference = self.reference.to_string();
        say(&words.fill(&words.request, &[("received", &received), ("reference", &reference)]));
        let said = request.said.join(", ");
        say(&words.fill(&words.identifiers, &[("identifiers", &said)]));
        say("");
        say(&printable(self.note));
        if let Some(account) = self.account {
            say("");
            say(words.account(account).trim_end());
        }
        say("");
        say(&words.rights);
        Some(text)
    }
}

impl Words {
    fn title(&self, kind: RequestKind) -> &str {
        self.titles.get(kind.as_str()).map_or(kind.as_str(), String::as_str)
    }

    fn account(&self, account: &Account) -> String {
        let mut text = String::new();
        let mut say = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        say(&self.fill(&self.as_of, &[("as_of", &day(account.as_of))]));
        say("");
        if account.destroyed.is_empty() && account.kept.is_empty() {
            say(&self.nothing);
            say("");
        } else if account.destroyed.is_empty() {
            say(&self.destroyed_nothing);
            say("");
        } else {
            say(&self.destroyed);
            account.destroyed.iter().for_each(|counted| say(&self.counted(counted)));
            let runs: Vec<_> = account.runs.iter().map(ToString::to_string).collect();
            say(&self.fill(&self.certificates, &[("runs", &runs.join(", "))]));
            say("");
        }
        if !account.kept.is_empty() {
            say(&self.kept);
            let mut by_reason: BTreeMap<&Why, Vec<&Counted>> = BTreeMap::new();
            for kept in &account.kept {
                by_reason.entry(&kept.why).or_default().push(&kept.counted);
            }
            for (why, counted) in by_reason {
                say("");
                say(&self.why(why));
                counted.iter().for_each(|counted| say(&self.counted(counted)));
            }
            say("");
            say(&self.after);
            say("");
        }
        say(&self.remains);
        text
    }

    fn why(&self, why: &Why) -> String {
        let cited = |authority: &[String]| authority.join("; ");
        match why {
            Why::Duty { authority, until, .. } => {
                self.fill(&self.duty, &[("until", &day(*until)), ("authority", &cited(authority))])
            }
            Why::DutyAfter { authority, .. } => {
                self.fill(&self.duty_after, &[("authority", &cited(authority))])
            }
            Why::Claim => self.claim.clone(),
            Why::Restricted => self.restricted.clone(),
            Why::Refusal => self.refusal.clone(),
            Why::Unreadable => self.unreadable.clone(),
        }
    }

    fn counted(&self, Counted { class, records, days: (first, last) }: &Counted) -> String {
        let class = self.class(*class);
        let days = if first == last { first.to_string() } else { format!("{first} – {last}") };
        let mut line = format!("– {class}: ");
        write!(line, "{records} ({})", self.isolated(&days)).expect("a text takes any text");
        line
    }

    fn class(&self, class: Class) -> &str {
        self.classes.get(class.as_str()).map_or(class.as_str(), String::as_str)
    }

    /// The template with these values in.
    fn fill(&self, template: &str, values: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
            let value = values.iter().find(|(of, _)| *of == name);
            text.push_str(&self.isolated(&printable(value.map_or("", |(_, value)| *value))));
            rest = behind;
        }
        text.push_str(rest);
        text
    }

    /// A value that does not turn the order of the words around it: what is written from
    /// left to right stands by itself in a line from right to left.
    fn isolated(&self, value: &str) -> String {
        if self.right_to_left { format!("\u{2068}{value}\u{2069}") } else { value.to_owned() }
    }
}

fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

/// Without anything that a terminal or a printer would act on.
fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
