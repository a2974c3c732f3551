//! Who answers a conversation from now on: the business's own application,
//! another one, or the provider's agent.

use super::json::Object;
use super::party::{self, ITSELF};
use super::reading::Reading;
use super::source::Source;
use super::unknown;
use crate::record::{Class, Party};

/// Reads the value of `messaging_handovers`.
pub(super) fn read(source: &Source, value: &Object<'_>) -> Reading {
    let kind = value.word("type").unwrap_or_else(|| source.field_name().to_owned());
    let sender = value.object("sender").map(|sender| party::named(&sender, &ITSELF));
    Reading::of(Class::Account, kind, value)
        .between(source.complete(sender.unwrap_or_default()), Party::default())
        .saying(unknown::lines(value))
}
