//! What others say of the log: parties that the archive's operator does not control.
//!
//! An archive can say of itself what it likes. What it cannot do is to give a
//! second history, or another time, to somebody who kept the first one. Here they
//! are given each checkpoint, and what they answer is kept beside it.
//!
//! Nothing here holds the log up: who does not answer is asked again later.

pub mod authority;
pub mod witnesses;

use std::time::Duration;

/// A client that follows no redirect and leaves it to the caller what a status
/// means: who is asked is who was configured, and nobody else.
fn client(longest: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(longest))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}
