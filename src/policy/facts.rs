//! What rules look at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Mark;
use crate::record::{Class, Direction, Origin, Party, Record};

/// How many leading digits of a phone number are looked at to tell its country:
/// those of the longest country calling code with its area.
const CALLING_DIGITS: usize = 4;

/// What rules and holds look at, of one record.
///
/// Made from an opened record ([`Facts::of`]) or from the index's columns. It
/// holds no text of the record; marks and calling codes are personal data
/// nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The record's class.
    pub class: Class,
    /// How it reached the archive: the `source` of a rule. `None` where it is no
    /// [`Record`] (a delivery, a medium).
    pub origin: Option<Origin>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The business number and its id at the provider.
    pub numbers: Vec<Mark>,
    /// Every identifier of the author and the addressee, without the business; and of who
    /// the author is from now on, where the record tells that.
    pub parties: Vec<Mark>,
    /// The first up to four digits of the counterparty's phone number.
    pub calling: Option<u16>,
    /// What kind of template it was, or is about.
    pub template: Option<TemplateCategory>,
    /// The conversation's id in the index.
    pub thread: Option<[u8; 16]>,
    /// The tags put on it, in the order in which they were put.
    pub tags: Vec<Mark>,
    /// The entries that put them, in the same order, rising. A tag without one was on it
    /// when it was logged.
    pub tags_since: Vec<u64>,
    /// The names of the lexicons that hit its text.
    pub lexicons: Vec<Mark>,
    /// When it happened, as the provider says.
    pub at: Option<Timestamp>,
    /// When the archive took it in: its entry's time.
    pub captured: Timestamp,
}

/// The category of a message template, as the provider prices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateCategory {
    /// Offers and promotion.
    Marketing,
    /// What follows from something that the customer did: an order, an appointment.
    Utility,
    /// One-time passwords.
    Authentication,
    /// No template: within the window that the customer opened.
    Service,
}

impl TemplateCategory {
    /// Every category.
    pub const ALL: [Self; 4] =
        [Self::Marketing, Self::Utility, Self::Authentication, Self::Service];

    /// The word used in schedules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Utility => "utility",
            Self::Authentication => "authentication",
            Self::Service => "service",
        }
    }

    /// Reads the provider's word, which has variants (`marketing_lite`,
    /// `authentication-international`, `UTILITY`); `None` for any other.
    pub fn of_provider(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let head = word.split(['_', '-']).next()?;
        Self::ALL.into_iter().find(|category| category.as_str() == head)
    }
}

impl Facts {
    /// The facts of an opened record, captured at the time of its entry.
    ///
    /// `thread`, `tags` and `lexicons` are not in a record: they stay empty, for
    /// the caller to fill in.
    pub fn of(record: &Record, captured: Timestamp) -> Self {
        let named = [record.number.as_deref(), record.number_id.as_deref()];
        let numbers = marks(named.into_iter().flatten());
        let sides = [record.from.as_ref(), record.to.as_ref()].into_iter().flatten();
        let mut parties = marks(sides.chain(record.successors()).flat_map(identifiers));
        parties.retain(|mark| !numbers.contains(mark));
        let counterparty = record.counterparty();
        Self {
            class: record.class,
            origin: Some(record.origin),
            direction: record.direction,
            calling: counterparty.and_then(|party| calling(party.phone.as_deref()?)),
            template: template(record),
            thread: None,
            tags: vec![],
            tags_since: vec![],
            lexicons: vec![],
            at: record.at.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            captured,
            numbers,
            parties,
        }
    }

    /// Becomes what others are, in the room that there is: nothing is allocated where it is
    /// done again and again.
    pub fn become_as(&mut self, others: &Self) {
        let Self { numbers, parties, tags, tags_since, lexicons, .. } = others;
        self.numbers.clone_from(numbers);
        self.parties.clone_from(parties);
        self.tags.clone_from(tags);
        self.tags_since.clone_from(tags_since);
        self.lexicons.clone_from(lexicons);
        (self.class, self.origin, self.direction) = (others.class, others.origin, others.direction);
        (self.calling, self.template) = (others.calling, others.template);
        (self.thread, self.at, self.captured) = (others.thread, others.at, others.captured);
    }

    /// The facts of what is sealed under a class that holds no [`Record`]: a
    /// delivery, a medium, an access, a decision.
    pub const fn bare(class: Class, captured: Timestamp) -> Self {
        Self {
            class,
            origin: None,
            direction: None,
            numbers: vec![],
            parties: vec![],
            calling: None,
            template: None,
            thread: None,
            tags: vec![],
            tags_since: vec![],
            lexicons: vec![],
            at: None,
            captured,
        }
    }
}

/// Every text that identifies a party. A name shown is none.
pub fn identifiers(party: &Party) -> impl Iterator<Item = &str> {
    [&party.phone, &party.user_id, &party.parent_user_id, &party.username]
        .into_iter()
        .filter_map(|identifier| identifier.as_deref())
        .filter(|identifier| !identifier.trim().is_empty())
}

fn marks<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = names.map(Mark::of).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// The leading digits of a phone number in international form.
fn calling(phone: &str) -> Option<u16> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).take(CALLING_DIGITS).collect();
    // No calling code begins with 0: such a number is not in international form.
    if digits.starts_with('0') { None } else { digits.parse().ok() }
}

/// What the provider's JSON says of a template: the price of a message, in its
/// status; the category, in a notice about the template itself.
#[derive(Deserialize)]
struct Priced {
    #[serde(default)]
    pricing: serde_json::Value,
    #[serde(default)]
    new_category: serde_json::Value,
    #[serde(default)]
    message_template_category: serde_json::Value,
}

fn template(record: &Record) -> Option<TemplateCategory> {
    if !matches!(record.class, Class::Status | Class::Account) {
        return None;
    }
    let priced: Priced = serde_json::from_str(record.raw.get()).ok()?;
    let Priced { pricing, new_category, message_template_category } = &priced;
    [pricing.get("category"), Some(new_category), Some(message_template_category)]
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .find_map(TemplateCategory::of_provider)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(members: &Value) -> Record {
        let mut record = json!({"v": 1, "class": "message", "provider": "meta", "field": "messages",
            "origin": "live", "number": "49301234567", "number_id": "209900000000001",
            "body": {"kind": "text"}, "raw": {}});
        for (name, member) in members.as_object().unwrap() {
            record[name] = member.clone();
        }
        // A raw value is read from text alone.
        serde_json::from_str(&record.to_string()).unwrap()
    }

    fn facts(members: &Value) -> Facts {
        Facts::of(&record(members), Timestamp::UNIX_EPOCH)
    }

    fn sorted<const N: usize>(names: [&str; N]) -> Vec<Mark> {
        marks(names.into_iter())
    }

    #[test]
    fn the_business_is_a_number_and_the_others_are_parties() {
        let customer = json!({"phone": "4915550100777", "user_id": "DE.555", "username": "mira"});
        let business = json!({"phone": "49301234567"});
        for (direction, from, to) in
            [("inbound", &customer, &business), ("outbound", &business, &customer)]
        {
            let facts = facts(&json!({"direction": direction, "from": from, "to": to, "at": 7}));
            assert_eq!(facts.numbers, sorted(["49301234567", "209900000000001"]));
            assert_eq!(facts.parties, sorted(["4915550100777", "DE.555", "mira"]));
            assert_eq!(facts.calling, Some(4915));
            assert_eq!(facts.at, Some(Timestamp::from_second(7).unwrap()));
            assert_eq!(facts.direction.unwrap().as_str(), direction);
        }
    }

    #[test]
    fn a_party_without_a_phone_number_has_no_calling_code() {
        let facts = facts(&json!({"direction": "inbound", "from": {"user_id": "DE.555"}}));
        assert_eq!((facts.calling, facts.parties), (None, sorted(["DE.555"])));
        assert_eq!(calling("123"), Some(123));
        assert_eq!((calling(""), calling("0049")), (None, None));
    }

    #[test]
    fn a_notice_of_another_number_is_about_both_and_a_list_of_members_about_none() {
        let from = json!({"phone": "4915550100777"});
        let body = json!({"kind": "user_changed_number",
            "mentions": [{"phone": "4915550100779", "user_id": "DE.9"}]});
        let notice = json!({"class": "contact", "direction": "inbound", "from": from,
            "body": body});
        let both = sorted(["4915550100777", "4915550100779", "DE.9"]);
        assert_eq!(facts(&notice).parties, both);
        for (name, other) in [
            ("group_id", "g1"),
            ("field", "smb_app_state_sync"),
            ("direction", "outbound"),
            ("class", "message"),
        ] {
            let mut other_notice = notice.clone();
            other_notice[name] = other.into();
            assert_eq!(facts(&other_notice).parties, sorted(["4915550100777"]), "{name}");
        }
    }

    #[test]
    fn a_status_tells_the_category_of_the_template() {
        for (word, expected) in [
            ("marketing", Some(TemplateCategory::Marketing)),
            ("marketing_lite", Some(TemplateCategory::Marketing)),
            ("UTILITY", Some(TemplateCategory::Utility)),
            ("authentication-international", Some(TemplateCategory::Authentication)),
            ("service", Some(TemplateCategory::Service)),
            ("referral_conversion", None),
        ] {
            let raw = json!({"pricing": {"category": word}});
            assert_eq!(facts(&json!({"class": "status", "raw": raw})).template, expected, "{word}");
        }
    }

    #[test]
    fn a_notice_about_a_template_tells_its_category() {
        let raw = json!({"new_category": "MARKETING", "previous_category": "UTILITY"});
        let facts = facts(&json!({"class": "account", "raw": raw}));
        assert_eq!(facts.template, Some(TemplateCategory::Marketing));
    }

    #[test]
    fn facts_that_become_others_are_those() {
        let customer = json!({"phone": "4915550100777", "user_id": "DE.555"});
        let full = facts(&json!({"direction": "inbound", "from": customer, "at": 7}));
        let (tags, tags_since) = (sorted(["a", "b"]), vec![3, 4]);
        let thread = Some([7; 16]);
        let full = Facts { tags, tags_since, thread, lexicons: sorted(["l"]), ..full };
        let bare = Facts::bare(Class::Access, Timestamp::MAX);
        for (from, to) in [(&bare, &full), (&full, &bare)] {
            let mut facts = from.clone();
            facts.become_as(to);
            assert_eq!(&facts, to);
        }
    }

    #[test]
    fn odd_shapes_tell_nothing() {
        for raw in
            [json!({"pricing": "marketing"}), json!([1]), json!(null), json!({"pricing": []})]
        {
            assert_eq!(facts(&json!({"class": "status", "raw": raw})).template, None, "{raw}");
        }
        assert_eq!(facts(&json!({"at": i64::MAX})).at, None);
    }
}
