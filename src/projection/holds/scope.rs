//! What a hold catches, in words.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::cover::Span;
use crate::projection::{Refused, thread_bytes};

/// The most parties, numbers and threads that a scope may list of each.
pub const NAMES_MAX: usize = 1_000;

/// The longest identifier of a party or a number.
pub const NAME_BYTES_MAX: usize = 200;

/// The longest query.
const QUERY_BYTES_MAX: usize = 4_096;

/// Hours between UTC and where a day begins first; and where it ends last.
const AHEAD: i8 = 14;
/// See [`AHEAD`].
const BEHIND: i8 = -12;

/// What a hold catches. Of what is given, everything must hold; of a list, one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Every record; said out loud, so that a scope that was forgotten is none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everything: bool,
    /// Parties, by phone number in international form, user id or user name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<String>,
    /// Conversations, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<String>,
    /// Business numbers, or their ids at the provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// The first day. A day counts where it is that day anywhere on earth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// What the index finds by this query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

const fn is_false(it: &bool) -> bool {
    !*it
}

impl Scope {
    /// Whether it is well formed; whether the query is, only the index can say.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Refused> {
        let lists =
            [("parties", &self.parties), ("threads", &self.threads), ("numbers", &self.numbers)];
        for (what, list) in lists {
            if list.len() > NAMES_MAX {
                let many = list.len();
                let most =
                    format!("`{what}` lists {many}; the most is {NAMES_MAX}: place two holds");
                return Err(Refused(most));
            }
        }
        self.parties.iter().try_for_each(|name| check_name("parties", name))?;
        self.numbers.iter().try_for_each(|name| check_name("numbers", name))?;
        if self.threads.iter().any(|thread| thread_bytes(thread).is_none()) {
            let form = "`threads` lists ids of conversations: 32 lower-case hexadecimal digits";
            return Err(Refused(form.to_owned()));
        }
        if self.from.zip(self.to).is_some_and(|(from, to)| from > to) {
            return Err(Refused("`from` is later than `to`: turn them round".to_owned()));
        }
        self.check_query()?;
        match (self.everything, self.narrows()) {
            (false, false) => Err(Refused(
                "the scope is empty: name parties, threads, numbers, days or a query, \
                 or say \"everything\": true"
                    .to_owned(),
            )),
            (true, true) => Err(Refused(
                "`everything` goes with no other condition: leave it out, or leave out the others"
                    .to_owned(),
            )),
            (true, false) | (false, true) => Ok(()),
        }
    }

    fn check_query(&self) -> Result<(), Refused> {
        match &self.query {
            Some(query) if query.trim().is_empty() => Err(Refused(
                "`query` is empty, which would find everything: leave it out".to_owned(),
            )),
            Some(query) if query.len() > QUERY_BYTES_MAX => {
                Err(Refused(format!("`query` has at most {QUERY_BYTES_MAX} bytes")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn narrows(&self) -> bool {
        !(self.parties.is_empty() && self.threads.is_empty() && self.numbers.is_empty())
            || self.from.is_some()
            || self.to.is_some()
            || self.query.is_some()
    }

    /// The time that its days take up.
    pub(super) fn span(&self) -> Span {
        let at = |date: Option<Date>, hours| {
            let zone = TimeZone::fixed(Offset::constant(hours));
            date.and_then(|date| Some(date.to_zoned(zone).ok()?.timestamp()))
        };
        // The calendar's ends are open ends.
        let after = self.to.and_then(|to| to.tomorrow().ok());
        Span {
            from: at(self.from, AHEAD).unwrap_or(Timestamp::MIN),
            until: at(after, BEHIND).unwrap_or(Timestamp::MAX),
        }
    }
}

fn check_name(what: &str, name: &str) -> Result<(), Refused> {
    let refused = |why: &str| Err(Refused(format!("`{what}`: {why}")));
    if name.trim().is_empty() {
        return refused("a name is empty");
    }
    if name.len() > NAME_BYTES_MAX {
        return refused(&format!("a name has at most {NAME_BYTES_MAX} bytes"));
    }
    if name.chars().any(char::is_control) {
        return refused("a name has no control characters");
    }
    if is_national(name) {
        return refused("write a phone number in international form, as +49 1555 0100777");
    }
    Ok(())
}

/// Whether it is a phone number without its country: no country's code begins with 0. It
/// would match nothing, and nobody would notice.
pub(crate) fn is_national(name: &str) -> bool {
    let mut digits = name.chars().filter(char::is_ascii_digit);
    let phone = name.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    phone && digits.next() == Some('0')
}
