//! Reads the data files: who the people are, and what happens line by line.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use serde_json::Value;

/// A desk of Halyard Brokers: one business number, one business account.
#[derive(Debug)]
pub struct Desk {
    /// The name used in the data files.
    pub name: &'static str,
    /// The WhatsApp Business Account id (`entry[].id`).
    pub account: &'static str,
    /// `metadata.phone_number_id`.
    pub number_id: &'static str,
    /// `metadata.display_phone_number`.
    pub number: &'static str,
}

/// The desks; every customer belongs to one.
pub const DESKS: [Desk; 2] = [
    Desk {
        name: "trading",
        account: "107700000000010",
        number_id: "207700000000011",
        number: "4915550100600",
    },
    Desk {
        name: "shipping",
        account: "107700000000020",
        number_id: "207700000000021",
        number: "4915550100601",
    },
];

const PEOPLE: &str = include_str!("people.jsonl");

const DAYS: [&str; 5] = [
    include_str!("1-monday.jsonl"),
    include_str!("2-tuesday.jsonl"),
    include_str!("3-wednesday.jsonl"),
    include_str!("4-thursday.jsonl"),
    include_str!("5-friday.jsonl"),
];

/// One line of a data file.
#[derive(Clone, Debug)]
pub struct Line(pub Value);

impl Line {
    /// A member that is a string.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// A string that every line of this kind has.
    pub fn must(&self, key: &str) -> &str {
        self.get(key).unwrap_or_else(|| panic!("the story's line {} lacks {key:?}", self.0))
    }

    /// The strings of a member that is an array; none where there is no such member.
    pub fn words(&self, key: &str) -> Vec<&str> {
        let items = self.0.get(key).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// When the line's delivery arrives: Unix seconds.
    pub fn at(&self) -> i64 {
        unix_seconds(self.must("at"))
    }

    /// When its content was sent: earlier than its arrival for the synchronised past.
    pub fn dated(&self) -> i64 {
        unix_seconds(self.get("dated").unwrap_or_else(|| self.must("at")))
    }

    /// The customer's key, and whether the business is the author.
    pub fn customer(&self) -> Option<(&str, bool)> {
        self.get("who").map(|who| (who, false)).or(self.get("to").map(|to| (to, true)))
    }
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Person(Line);

impl Person {
    /// The profile name.
    pub fn name(&self) -> &str {
        self.0.must("name")
    }

    /// The telephone number; a customer with a user name has none.
    pub fn phone(&self) -> Option<&str> {
        self.0.get("phone")
    }

    /// The business-scoped user id.
    pub fn user_id(&self) -> &str {
        self.0.must("user_id")
    }

    /// The user name.
    pub fn username(&self) -> Option<&str> {
        self.0.get("username")
    }

    /// The desk that serves this customer.
    pub fn desk(&self) -> &'static Desk {
        desk(self.0.must("desk"))
    }

    /// The phone number, or else the user id.
    pub fn identifier(&self) -> &str {
        self.phone().unwrap_or(self.user_id())
    }
}

/// The people, the lines in order of time, and the ids of what is referred to.
#[derive(Debug)]
pub struct Script {
    people: BTreeMap<String, Person>,
    /// Every line of the five days.
    pub lines: Vec<Line>,
    labels: BTreeMap<String, String>,
}

impl Script {
    /// Reads the data files.
    pub fn read() -> Self {
        let people = lines_of(PEOPLE)
            .into_iter()
            .map(|line| (line.must("who").to_owned(), Person(line)))
            .collect();
        let lines: Vec<Line> = DAYS.into_iter().flat_map(lines_of).collect();
        let mut script = Self { people, lines, labels: BTreeMap::new() };
        script.labels = script.lines.iter().filter_map(|line| script.label_of(line)).collect();
        script
    }

    /// The customer of that key.
    pub fn person(&self, who: &str) -> &Person {
        self.people.get(who).unwrap_or_else(|| panic!("nobody is called {who:?} in people.jsonl"))
    }

    /// The wamid of a labelled message.
    pub fn id_of(&self, label: &str) -> &str {
        self.labels.get(label).unwrap_or_else(|| panic!("no line is labelled {label:?}"))
    }

    /// The wamid of the message that a line brings.
    pub fn id_for(&self, line: &Line) -> String {
        let (who, outbound) = line.customer().expect("a message has a customer");
        let seed = match (line.get("of"), line.get("id"), line.get("dated")) {
            (Some(sent), _, _) => sent.to_owned(),
            (None, Some(label), _) => label.to_owned(),
            (None, None, Some(dated)) => history_seed(who, dated),
            (None, None, None) => line.0.to_string(),
        };
        wamid(&seed, self.person(who).identifier(), outbound)
    }

    fn label_of(&self, line: &Line) -> Option<(String, String)> {
        let label = line.get("of").or(line.get("id"))?;
        line.customer()?;
        Some((label.to_owned(), self.id_for(line)))
    }
}

/// The desk of that name.
pub fn desk(name: &str) -> &'static Desk {
    DESKS.iter().find(|desk| desk.name == name).unwrap_or_else(|| panic!("no desk {name:?}"))
}

/// What the id of a message of the past grows from: a placeholder and its file share it.
pub fn history_seed(who: &str, dated: &str) -> String {
    format!("history {who} {dated}")
}

/// An id in Meta's form: `wamid.` and base64 of a small binary with the other
/// party's number in clear and random hex, here derived from `seed`.
pub fn wamid(seed: &str, party: &str, outbound: bool) -> String {
    let hash = hex::encode_upper(digest::digest(&digest::SHA256, seed.as_bytes()));
    let random = hash.get(..if outbound { 18 } else { 20 }).expect("a SHA-256 has 64 digits");
    let mut bytes = vec![0x1c, 0x18];
    bytes.push(u8::try_from(party.len()).expect("an identifier is short"));
    bytes.extend_from_slice(party.as_bytes());
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, if outbound { 0x11 } else { 0x12 }, 0x18]);
    bytes.push(u8::try_from(random.len()).expect("at most 20"));
    bytes.extend_from_slice(random.as_bytes());
    bytes.push(0);
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// Unix seconds of `YYYY-MM-DD HH:MM:SS` in UTC.
pub fn unix_seconds(at: &str) -> i64 {
    let numbers: Vec<i64> =
        at.split(['-', ' ', ':']).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = numbers.as_slice() else {
        panic!("{at:?} is no time of the form 2026-09-21 08:00:00");
    };
    // Days since 1970, counted in years that begin in March, so that the leap
    // day comes last.
    let (year, month) = if *month > 2 { (*year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    days * 86_400 + hour * 3_600 + minute * 60 + second
}

fn lines_of(file: &str) -> Vec<Line> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    file.lines().map(parse).map(Line).collect()
}
