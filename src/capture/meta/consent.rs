//! What a customer lets the business send: a stop or a resumption of marketing.

use super::json::Object;
use super::party::{self, ITSELF};
use super::reading::Reading;
use super::source::Source;
use crate::record::{Class, Direction};

/// Reads one of `user_preferences`; `None` where it does not say which.
pub(super) fn read(source: &Source, preference: &Object<'_>) -> Option<Reading> {
    let kind = preference.word("value")?;
    let customer = source.complete(party::named(preference, &ITSELF));
    let mut reading = Reading::of(Class::Consent, kind, preference)
        .between(customer, source.business())
        .saying(["detail", "category"].into_iter().filter_map(|name| preference.word(name)));
    reading.direction = Some(Direction::Inbound);
    Some(reading)
}
