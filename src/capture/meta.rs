//! Reads Meta's WhatsApp webhooks: from the exact bytes of a delivery to records.
//!
//! Two doors for the bytes: [`signature`] says whether a delivery is Meta's,
//! [`handshake`] answers Meta's question whether an address is ours. Then
//! [`read`] takes an authentic body apart, element by element.
//!
//! It is pure: no I/O, no clock, no randomness. It does not decide what is new
//! (it says what makes two things the same, see [`Item::sameness`]), it does not
//! fetch media and it does not seal.
//!
//! It cannot fail. Every element of every change is in exactly one item with
//! its exact bytes; what is not understood is in an item of class
//! [`unrecognised`](crate::record::Class::Unrecognised), as readable as its
//! shape allows. What stands beside the elements and explains them (`metadata`,
//! `contacts`), and a member that we do not know and that is neither an object
//! nor an array, is only in the delivery itself, which is kept as well.
//!
//! Format: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks>.

pub mod handshake;
pub mod signature;

mod account;
mod call;
mod consent;
mod contact;
mod content;
mod envelope;
mod failure;
mod field;
mod group;
mod handover;
mod history;
mod json;
mod leaves;
mod media;
mod message;
mod party;
mod reading;
mod sameness;
mod source;
mod status;
mod unknown;
mod value;

#[cfg(test)]
mod tests;

use crate::record::Record;

/// One thing a delivery tells, and what makes it the same as another.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is to be kept.
    pub record: Record,
    /// The bytes that two deliveries of the same thing share and no other thing
    /// has: however it is batched, in whatever order its members stand and
    /// however its strings are escaped. They contain personal data: to be
    /// digested under a key, never written down.
    pub sameness: Vec<u8>,
}

/// Takes the body of an authentic delivery apart.
///
/// A body without a single element (`{"entry":[]}`) gives no item; any other
/// gives at least one, whatever it holds. A body that is not JSON is kept as
/// `{"bytes_base64":"…"}`, the one form that is ours and not Meta's.
pub fn read(body: &[u8]) -> Vec<Item> {
    envelope::read(body)
}
