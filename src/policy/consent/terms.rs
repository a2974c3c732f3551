//! The terms of consent: to what, over what, and which way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person is asked to consent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Messages about what the person asked for, ordered or agreed.
    Service,
    /// Offers and promotion.
    Marketing,
    /// That conversations are recorded.
    Recording,
    /// That what is said is processed by artificial intelligence.
    Ai,
}

/// A set of purposes, never empty. In JSON a list of words, or `["all"]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Purposes(u8);

/// A word that is none of those it could be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}; it is one of {list}")]
pub struct UnknownTerm {
    /// What was found.
    pub found: String,
    /// What it should be.
    pub what: &'static str,
    /// What there is.
    pub list: String,
}

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Consent is given.
    OptIn,
    /// Consent is withdrawn.
    OptOut,
    /// Consent was asked for, and refused.
    Refused,
    /// What was given ended by itself.
    Expired,
}

/// How sure one can be that a signal was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It says nothing else.
    Certain,
    /// Somebody has to look at it.
    Candidate,
}

/// The way of reaching somebody that a signal is about: `whatsapp`, `sms`, `email`,
/// `voice` … an open set of words of lower-case letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Channel(String);

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Service, Self::Marketing, Self::Recording, Self::Ai];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Marketing => "marketing",
            Self::Recording => "recording",
            Self::Ai => "ai",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Service => 1,
            Self::Marketing => 2,
            Self::Recording => 4,
            Self::Ai => 8,
        }
    }
}

impl Purposes {
    /// Every purpose there is.
    pub const ALL: Self = Self(15);

    /// These; `None` where there are none.
    pub fn of(purposes: impl IntoIterator<Item = Purpose>) -> Option<Self> {
        let bits = purposes.into_iter().fold(0, |bits, purpose| bits | purpose.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether a purpose is among them.
    pub const fn contains(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL.into_iter().filter(move |purpose| self.contains(*purpose))
    }

    /// The words for them.
    pub fn words(self) -> Vec<&'static str> {
        if self == Self::ALL { vec!["all"] } else { self.each().map(Purpose::as_str).collect() }
    }
}

impl fmt::Debug for Purposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl FromStr for Purpose {
    type Err = UnknownTerm;

    fn from_str(text: &str) -> Result<Self, UnknownTerm> {
        one_of(&Self::ALL, Self::as_str, "purpose", text)
    }
}

/// The words separated by spaces or commas; `all` for every one.
impl FromStr for Purposes {
    type Err = UnknownTerm;

    fn from_str(text: &str) -> Result<Self, UnknownTerm> {
        let words = text.split([' ', ',', ';']).filter(|word| !word.is_empty());
        Self::try_from(words.map(str::to_owned).collect::<Vec<_>>())
    }
}

impl TryFrom<Vec<String>> for Purposes {
    type Error = UnknownTerm;

    fn try_from(words: Vec<String>) -> Result<Self, UnknownTerm> {
        if words.iter().any(|word| word == "all") && words.len() == 1 {
            return Ok(Self::ALL);
        }
        let purposes =
            words.iter().map(|word| word.parse()).collect::<Result<Vec<Purpose>, _>>()?;
        Self::of(purposes).ok_or_else(|| UnknownTerm {
            found: String::new(),
            what: "purpose",
            list: list_of(&Purpose::ALL, Purpose::as_str) + ", or all",
        })
    }
}

impl From<Purposes> for Vec<String> {
    fn from(purposes: Purposes) -> Self {
        purposes.words().into_iter().map(str::to_owned).collect()
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::OptIn, Self::OptOut, Self::Refused, Self::Expired];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptIn => "opt_in",
            Self::OptOut => "opt_out",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownTerm;

    fn from_str(text: &str) -> Result<Self, UnknownTerm> {
        one_of(&Self::ALL, Self::as_str, "kind of signal", text)
    }
}

impl Channel {
    const BYTES_MAX: usize = 32;

    /// The channel that is archived here.
    pub fn whatsapp() -> Self {
        Self("whatsapp".to_owned())
    }

    /// The word for it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Channel {
    type Err = UnknownTerm;

    fn from_str(text: &str) -> Result<Self, UnknownTerm> {
        let text = text.trim().to_ascii_lowercase();
        let fits = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if text.is_empty() || text.len() > Self::BYTES_MAX || !text.bytes().all(fits) {
            let list =
                "whatsapp, sms, email, voice, or another word of up to 32 letters".to_owned();
            return Err(UnknownTerm { found: text, what: "channel", list });
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for Channel {
    type Error = UnknownTerm;

    fn try_from(text: String) -> Result<Self, UnknownTerm> {
        text.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

fn one_of<T: Copy>(
    all: &[T],
    word: impl Fn(T) -> &'static str + Copy,
    what: &'static str,
    text: &str,
) -> Result<T, UnknownTerm> {
    let text = text.trim();
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| UnknownTerm {
        found: text.to_owned(),
        what,
        list: list_of(all, word),
    })
}

fn list_of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|one| word(*one)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_survive_their_words() {
        for (text, json) in [
            ("all", r#"["all"]"#),
            ("marketing", r#"["marketing"]"#),
            ("ai, service", r#"["service","ai"]"#),
            ("service marketing recording ai", r#"["all"]"#),
        ] {
            let purposes: Purposes = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&purposes).unwrap(), json);
            assert_eq!(serde_json::from_str::<Purposes>(json).unwrap(), purposes);
        }
        for text in ["", "everything", "all marketing"] {
            assert!(text.parse::<Purposes>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Purposes>("[]").is_err());
    }

    #[test]
    fn a_channel_is_a_short_plain_word() {
        assert_eq!("SMS ".parse::<Channel>().unwrap().as_str(), "sms");
        for text in ["", "e mail", "ηχώ", &"x".repeat(33)] {
            assert!(text.parse::<Channel>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_is_told_with_what_there_is() {
        let told = "stop".parse::<Kind>().unwrap_err().to_string();
        assert!(told.contains("opt_in, opt_out, refused, expired"), "{told}");
    }
}
