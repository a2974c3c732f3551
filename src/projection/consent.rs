//! Who consents to what: a fold of signals, in the order of the log.
//!
//! A signal says that somebody gave, withdrew or refused consent, with its evidence: a
//! message in which a word was recognised, a provider's notice, or what an officer told
//! of a form, a call, a file. [`Ledger::consent`] answers what held at any past time, and
//! what proves it. The rules:
//!
//! * Of the signals about a purpose, a channel and a business number the latest counts, by
//!   the time at which it was given. At one moment withdrawing beats giving.
//! * A signal may be about several purposes. Who withdraws all of them withdraws each of
//!   them, also one that was given by itself; what is given by itself later holds again.
//! * What expires ends by itself.
//! * A message that may be an opt-out and may be something else is a candidate: it pauses
//!   marketing from its time on until somebody has resolved it.
//! * A signal that is recorded long after it was given (an import) counts from the time at
//!   which it was given. What the archive knew then may have been otherwise: the answer
//!   says both ([`Consent::then`]).
//!
//! Identifiers that are seen together name one subject, and so do those before and after
//! a change of number; this is never undone. Limit: a number that the provider gives to
//! somebody else later stays the first one's here.

mod act;
mod captured;
mod import;
mod ledger;
mod refusals;
mod signal;
mod subject;

pub use act::{ConsentAct, Line, Verdict};
pub use import::{COLUMNS, IMPORT_BYTES_MAX, Import, LineOutcome};
pub use ledger::{LINES_MAX, Ledger, Review, Told};
pub use signal::{Evidence, Means, SUBJECT_IDENTIFIERS_MAX, Signal, Wording};
pub use subject::{Asked, Consent, Given, Resolution, SignalId, State};

#[cfg(test)]
mod tests;
