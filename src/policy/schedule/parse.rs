//! From a file's text to a [`Schedule`].

use std::collections::HashSet;

use toml::de::DeTable;

use super::condition::{DIRECTIONS, SOURCES, source_word};
use super::section::{File, Section, not_known};
use super::{
    BadSchedule, DEFINITIONS_MAX, Jurisdiction, LINE_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX,
    Problem, RULES_MAX, Rule, SCHEDULE_BYTES_MAX, Schedule, Starts, Then, Trigger, VALUES_MAX,
    When,
};
use crate::policy::facts::TemplateCategory;
use crate::policy::lexicon::{Lexicon, LexiconKind};
use crate::policy::period::{
    PERIOD_DAYS_MAX, PERIOD_MONTHS_MAX, PERIOD_YEARS_MAX, Period, Rounding, YearEnd,
};
use crate::record::{Class, Direction};

/// Every key of a schedule's file, by the table that it stands in.
pub const KEYS: [(&str, &[&str]); 7] = [
    ("", SCHEDULE_KEYS),
    ("rule", RULE_KEYS),
    ("when", WHEN_KEYS),
    ("starts", STARTS_KEYS),
    ("period", PERIOD_KEYS),
    ("lexicon", LEXICON_KEYS),
    ("jurisdiction", JURISDICTION_KEYS),
];

const SCHEDULE_KEYS: &[&str] = &[
    "name",
    "title",
    "version",
    "authority",
    "note",
    "jurisdictions",
    "fiscal_year_end",
    "rule",
    "lexicon",
    "jurisdiction",
];
const RULE_KEYS: &[&str] =
    &["id", "title", "authority", "note", "when", "starts", "keep", "max", "then"];
const WHEN_KEYS: &[&str] = &[
    "class",
    "source",
    "direction",
    "party",
    "number",
    "template_category",
    "jurisdiction",
    "tag",
    "lexicon",
];
const STARTS_KEYS: &[&str] = &["trigger", "event", "from"];
const PERIOD_KEYS: &[&str] = &["years", "months", "days"];
const LEXICON_KEYS: &[&str] = &["name", "kind", "words"];
const JURISDICTION_KEYS: &[&str] = &["name", "calling", "numbers"];

/// Citations of one rule.
const CITATIONS_MAX: usize = 50;

/// Digits of a calling code, as many as are known of a party.
const CALLING_DIGITS_MAX: usize = 4;

pub(super) fn schedule(text: &str) -> Result<Schedule, BadSchedule> {
    let alone = |line, what: String| BadSchedule { problems: vec![Problem { line, what }] };
    if text.len() > SCHEDULE_BYTES_MAX {
        let what =
            format!("a schedule has at most {SCHEDULE_BYTES_MAX} bytes: is it the right file?");
        return Err(alone(1, what));
    }
    let file = File::new(text);
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        alone(file.line(at), format!("it is no TOML: {}", error.message()))
    })?;
    let whole = Section::open(&file, parsed.get_ref(), 0, "the schedule", SCHEDULE_KEYS);
    let read = read(&whole);
    let problems = file.problems();
    match read {
        Some(schedule) if problems.is_empty() => Ok(schedule),
        Some(_) | None => Err(BadSchedule { problems }),
    }
}

/// `None` only where a problem was noted.
fn read(whole: &Section<'_, '_, '_>) -> Option<Schedule> {
    let lexicons = whole.sections("lexicon", "a lexicon", LEXICON_KEYS, DEFINITIONS_MAX);
    let places =
        whole.sections("jurisdiction", "a jurisdiction", JURISDICTION_KEYS, DEFINITIONS_MAX);
    let rules = whole.sections("rule", "a rule", RULE_KEYS, RULES_MAX);
    if rules.is_empty() {
        whole.wrong("rule", "a schedule has at least one rule: write [[rule]]");
    }
    for (sections, key) in [(&lexicons, "name"), (&places, "name"), (&rules, "id")] {
        refuse_twice(sections, key);
    }
    let names = |sections: &[Section<'_, '_, '_>]| -> Vec<String> {
        let names = sections.iter().filter_map(|section| section.name_given("name"));
        names.map(str::to_owned).collect()
    };
    let defined = Defined { lexicons: names(&lexicons), places: names(&places) };
    let lexicons = lexicons.iter().filter_map(lexicon).collect();
    let places = places.iter().filter_map(jurisdiction).collect();
    let rules = rules.iter().filter_map(|section| rule(section, &defined)).collect();
    let name = name(whole, "name");
    let title = whole.needed_text("title", LINE_CHARS_MAX);
    let version = whole.need("version").and_then(|()| whole.whole("version", u32::MAX));
    if version == Some(0) {
        whole.wrong("version", "versions are counted from 1");
    }
    let authority = owned(whole.texts("authority", CITATIONS_MAX));
    let note = whole.text("note", NOTE_CHARS_MAX).map(str::to_owned);
    let fiscal_year_end = fiscal_year_end(whole);
    let jurisdictions = owned(whole.texts("jurisdictions", VALUES_MAX));
    Some(Schedule {
        name: name?,
        title: title?.to_owned(),
        version: version?,
        authority,
        note,
        jurisdictions,
        fiscal_year_end,
        rules,
        lexicons,
        places,
    })
}

/// What rules may name.
struct Defined {
    lexicons: Vec<String>,
    places: Vec<String>,
}

fn rule(section: &Section<'_, '_, '_>, defined: &Defined) -> Option<Rule> {
    let id = name(section, "id");
    let title = section.needed_text("title", LINE_CHARS_MAX);
    section.need("authority");
    let authority = owned(section.texts("authority", CITATIONS_MAX));
    let note = section.text("note", NOTE_CHARS_MAX).map(str::to_owned);
    let when = section.section("when", "the `when` of a rule", WHEN_KEYS);
    let when = when.map_or_else(When::default, |when| conditions(&when, defined));
    let starts = section.need("starts").and_then(|()| starts(section));
    let keep = period(section, "keep");
    let max = period(section, "max");
    if !section.has("keep") && !section.has("max") {
        section.wrong("keep", "say how long, { years = 3 }, or at most how long, with `max`");
    }
    section.need("then");
    let then = section.word("then", &Then::ALL, Then::as_str);
    Some(Rule {
        id: id?,
        title: title?.to_owned(),
        authority,
        note,
        when,
        starts: starts?,
        keep,
        max,
        then: then?,
        line: section.line(),
    })
}

fn conditions(when: &Section<'_, '_, '_>, defined: &Defined) -> When {
    When {
        classes: when.words("class", &Class::ALL, Class::as_str),
        sources: when.words("source", &SOURCES, source_word),
        direction: when.word("direction", &DIRECTIONS, Direction::as_str),
        parties: owned(when.texts("party", VALUES_MAX)),
        numbers: owned(when.texts("number", VALUES_MAX)),
        templates: when.words(
            "template_category",
            &TemplateCategory::ALL,
            TemplateCategory::as_str,
        ),
        jurisdictions: named(when, "jurisdiction", &defined.places),
        tags: owned(when.texts("tag", VALUES_MAX)),
        lexicons: named(when, "lexicon", &defined.lexicons),
    }
}

/// Names of what the schedule defines.
fn named(when: &Section<'_, '_, '_>, key: &str, defined: &[String]) -> Vec<String> {
    let names = when.texts(key, VALUES_MAX);
    let defined: Vec<&str> = defined.iter().map(String::as_str).collect();
    for name in &names {
        if !defined.contains(name) {
            let what = not_known(name, &defined);
            when.wrong(key, format_args!("{what} (names come from [[{key}]])"));
        }
    }
    owned(names)
}

fn starts(rule: &Section<'_, '_, '_>) -> Option<Starts> {
    if rule.is_text("starts") {
        let trigger = trigger(rule, "starts")?;
        return Some(Starts { trigger, from: Rounding::SameDay });
    }
    let starts = rule.section("starts", "the start of a rule", STARTS_KEYS)?;
    let from = starts.word("from", &Rounding::ALL, Rounding::as_str).unwrap_or_default();
    let trigger = match (starts.has("trigger"), starts.has("event")) {
        (true, true) => {
            starts.wrong("event", "a clock has one start: give `trigger` or `event`, not both");
            None
        }
        (true, false) => trigger(&starts, "trigger"),
        (false, true) => name(&starts, "event").map(Trigger::Event),
        (false, false) => {
            starts.wrong("trigger", "say what starts the clock: \"message\", or an `event`");
            None
        }
    };
    Some(Starts { trigger: trigger?, from })
}

fn trigger(section: &Section<'_, '_, '_>, key: &str) -> Option<Trigger> {
    let word = section.text(key, LINE_CHARS_MAX)?;
    let trigger = Trigger::of_word(word);
    if trigger.is_none() {
        let what = not_known(word, &Trigger::WORDS);
        section.wrong(key, format_args!("{what} (an event is written {{ event = \"its_name\" }})"));
    }
    trigger
}

fn period(rule: &Section<'_, '_, '_>, key: &str) -> Option<Period> {
    let section = rule.section(key, "a period", PERIOD_KEYS)?;
    if PERIOD_KEYS.iter().all(|unit| !section.has(unit)) {
        section.wrong("years", "a period has years, months or days: { years = 3 }");
    }
    let small = |unit, most: u16| {
        let count = section.whole(unit, u32::from(most)).unwrap_or_default();
        u16::try_from(count).unwrap_or(most)
    };
    Some(Period {
        years: small("years", PERIOD_YEARS_MAX),
        months: small("months", PERIOD_MONTHS_MAX),
        days: section.whole("days", PERIOD_DAYS_MAX).unwrap_or_default(),
    })
}

fn fiscal_year_end(whole: &Section<'_, '_, '_>) -> YearEnd {
    let Some(text) = whole.text("fiscal_year_end", LINE_CHARS_MAX) else {
        return YearEnd::CALENDAR;
    };
    YearEnd::parse(text).unwrap_or_else(|| {
        whole.wrong("fiscal_year_end", "write month and day: \"06-30\"");
        YearEnd::CALENDAR
    })
}

fn lexicon(section: &Section<'_, '_, '_>) -> Option<Lexicon> {
    let name = name(section, "name");
    let kind = match section.has("kind") {
        true => section.word("kind", &LexiconKind::ALL, LexiconKind::as_str)?,
        false => LexiconKind::Words,
    };
    let words = owned(section.texts("words", VALUES_MAX));
    match (kind, section.has("words")) {
        (LexiconKind::Words, false) => section.wrong("words", "say which words it has"),
        (LexiconKind::CardNumber, true) => {
            section.wrong("words", "a detector of card numbers has no words: leave them out");
        }
        (LexiconKind::Words, true) | (LexiconKind::CardNumber, false) => {}
    }
    let lexicon = Lexicon { name: name?, kind, words, line: section.line() };
    if let Some(empty) = lexicon.wordless() {
        section
            .wrong("words", format_args!("the word at place {empty} has no letter: leave it out"));
    }
    Some(lexicon)
}

fn jurisdiction(section: &Section<'_, '_, '_>) -> Option<Jurisdiction> {
    let name = name(section, "name");
    let mut calling = vec![];
    for code in section.texts("calling", VALUES_MAX) {
        let digits = code.strip_prefix('+').unwrap_or(code);
        let is_code = !digits.is_empty()
            && digits.len() <= CALLING_DIGITS_MAX
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(code) if is_code => calling.push(code),
            Ok(_) | Err(_) => section.wrong(
                "calling",
                "write calling codes of 1 to 4 digits, without zeros before: [\"49\", \"1787\"]",
            ),
        }
    }
    let numbers = owned(section.texts("numbers", VALUES_MAX));
    if !section.has("calling") && !section.has("numbers") {
        section.wrong("calling", "say which calling codes or which business numbers are in it");
    }
    Some(Jurisdiction { name: name?, calling, numbers, line: section.line() })
}

/// A name that can stand in a command, an address and a file's name.
fn name(section: &Section<'_, '_, '_>, key: &str) -> Option<String> {
    let text = section.needed_text(key, NAME_CHARS_MAX)?;
    let fits = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte));
    if !fits || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        section.wrong(key, "a name has lower-case letters, digits, hyphens, dots: \"sec-17a-4\"");
        return None;
    }
    Some(text.to_owned())
}

/// Notes names that were given before.
fn refuse_twice(sections: &[Section<'_, '_, '_>], key: &str) {
    let mut seen = HashSet::new();
    for section in sections {
        if let Some(name) = section.name_given(key)
            && !seen.insert(name)
        {
            section.wrong(key, "it was given before: each has a name of its own");
        }
    }
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
