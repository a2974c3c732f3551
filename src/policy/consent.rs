//! What people say about being written to, and the words they say it with: pure.
//!
//! [`Signals`] recognises in a message the words by which people stop messages or ask
//! for them, in several languages ([`Signals::shipped`], `policies/consent.toml`). It
//! does not understand a message: what is not certain is a candidate, for somebody to
//! look at.
//!
//! What follows from signals (who consents to what at a given time) is
//! `projection::consent`'s.

mod lexicon;
mod notice;
mod terms;

pub use lexicon::{BadLexicon, LEXICON_BYTES_MAX, Recognised, Signals};
pub use notice::Notice;
pub use terms::{Certainty, Channel, Kind, Purpose, Purposes, UnknownTerm};
