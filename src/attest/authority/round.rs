//! One timestamp: what is sent, what comes back, what is kept.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::ask;
use crate::log::{self, Log};
use crate::timestamp::{self, Authorities, Stamp};
use crate::tlog::TreeSize;

/// An answer that is right.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) size: TreeSize,
    pub(super) response: Vec<u8>,
    pub(super) stamp: Stamp,
    /// When it was asked and answered, by the machine's clock.
    pub(super) sent: Timestamp,
    pub(super) received: Timestamp,
}

/// Why there is no timestamp this time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The authority gave no answer.
    #[error("the authority could not be asked")]
    Asking(#[source] ask::Failure),
    /// Its answer is not what it must be.
    #[error("the authority's answer is not kept")]
    Wrong(#[source] timestamp::Error),
    /// The newest one in the archive is not what it must be.
    #[error("it does not hold")]
    Kept(#[source] timestamp::Error),
    /// The archive could not be read or written.
    #[error("the archive could not be read or written")]
    Log(#[source] log::Error),
    /// Nothing is signed.
    #[error("there is no checkpoint")]
    Unsigned,
    /// The system gives no random numbers.
    #[error("the system gave no random number")]
    NoRandomness,
    /// The work's thread ended.
    #[error("the work was cut off")]
    CutOff,
}

/// The newest timestamp of the archive, verified.
pub(super) fn newest(
    log: &Log,
    authorities: &Authorities,
) -> Result<Option<(TreeSize, Stamp)>, Failure> {
    let Some(newest) = log.stamped(None).map_err(Failure::Log)? else { return Ok(None) };
    let text = newest.text.as_bytes();
    let stamp = timestamp::verify(&newest.response, text, None, Some(authorities));
    Ok(Some((newest.size, stamp.map_err(Failure::Kept)?)))
}

/// The newest checkpoint's size and text.
pub(super) fn to_be_stamped(log: &Log) -> Result<(TreeSize, String), Failure> {
    log.to_be_stamped().map_err(Failure::Log)?.ok_or(Failure::Unsigned)
}

pub(super) fn query(text: &str, nonce: u64) -> Vec<u8> {
    timestamp::query(text.as_bytes(), nonce)
}

pub(super) fn verify(
    response: &[u8],
    text: &str,
    nonce: u64,
    authorities: &Authorities,
) -> Result<Stamp, Failure> {
    timestamp::verify(response, text.as_bytes(), Some(nonce), Some(authorities))
        .map_err(Failure::Wrong)
}

impl Round {
    /// Writes it down.
    pub(super) fn keep(self, log: &Log) -> Result<Self, Failure> {
        log.put_timestamp(self.size, self.response.clone()).map_err(Failure::Log)?;
        Ok(self)
    }

    /// How far the machine's clock is ahead of the authority's (or behind, below
    /// zero), as far as that is certain: the authority's time lies between question
    /// and answer, give or take its accuracy.
    pub(super) fn clock_off(&self) -> SignedDuration {
        let accuracy = self.stamp.accuracy.unwrap_or(Duration::ZERO);
        let accuracy = SignedDuration::try_from(accuracy).unwrap_or(SignedDuration::MAX);
        let least = self.sent.duration_since(self.stamp.time).saturating_sub(accuracy);
        let most = self.received.duration_since(self.stamp.time).saturating_add(accuracy);
        if least.is_positive() {
            least
        } else if most.is_negative() {
            most
        } else {
            SignedDuration::ZERO
        }
    }
}
