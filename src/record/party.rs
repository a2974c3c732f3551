//! A participant of a conversation, by whatever the provider names them with.

use serde::{Deserialize, Serialize};

/// A party: at least one of phone and user id, as a rule.
///
/// Since 2026 a customer with a user name may have no phone number at all in a
/// webhook; a user name may change at any time and is never an identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The phone number, digits only, international form without `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The business-scoped user id (`DE.555…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The user id over linked portfolios (`DE.ENT.666…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// The user name, without `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The name shown: the profile's, or the address book's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Party {
    /// A party known by a provider's address: a phone number in any spelling,
    /// or a user id put where a number was expected.
    pub fn from_address(address: &str) -> Self {
        let digits = digits_of(address);
        let is_phone = !address.chars().any(char::is_alphabetic) && !digits.is_empty();
        if is_phone {
            Self { phone: Some(digits), ..Self::default() }
        } else if address.trim().is_empty() {
            Self::default()
        } else {
            Self { user_id: Some(address.to_owned()), ..Self::default() }
        }
    }

    /// What identifies the party: the phone number, else the user id.
    pub fn identifier(&self) -> Option<&str> {
        self.phone.as_deref().or(self.user_id.as_deref()).or(self.parent_user_id.as_deref())
    }

    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The ASCII digits of a formatted phone number.
fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_number_becomes_its_digits() {
        for address in ["4915550100777", "+49 1555 0100-777", "(49) 15550100777"] {
            let party = Party::from_address(address);
            assert_eq!(party.phone.as_deref(), Some("4915550100777"), "{address}");
        }
    }

    #[test]
    fn a_user_id_in_a_numbers_place_is_kept_as_a_user_id() {
        let party = Party::from_address("DE.5550000000000000001");
        assert_eq!(party.identifier(), Some("DE.5550000000000000001"));
        assert_eq!(party.phone, None);
    }

    #[test]
    fn an_empty_address_names_nobody() {
        assert!(Party::from_address(" ").is_empty());
    }
}
