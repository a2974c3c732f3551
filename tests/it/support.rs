//! What the tests of the real daemon share: an archive in a temporary
//! directory, the process that serves it, and what a provider and an auditor
//! send to it.
#![allow(dead_code, unused_imports, reason = "each test binary uses another part")]

#[path = "support/answer.rs"]
mod answer;
#[path = "support/authority.rs"]
mod authority;
#[path = "support/daemon.rs"]
mod daemon;
#[path = "support/files.rs"]
mod files;
#[path = "support/graph.rs"]
mod graph;
#[path = "support/house.rs"]
mod house;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/loopback.rs"]
mod loopback;
#[path = "support/office.rs"]
mod office;
/// OpenSSL as an authority, as the unit tests have it.
#[path = "../../src/timestamp/fixtures.rs"]
mod openssl;
#[path = "support/webhook.rs"]
mod webhook;

use std::time::{Duration, Instant};

pub(crate) use answer::{Answer, Asker};
pub(crate) use authority::{Manner, TimeAuthority};
pub(crate) use daemon::Daemon;
pub(crate) use files::{copy_tree, files_under, written};
pub(crate) use graph::{Graph, Served};
pub(crate) use house::{House, ORIGIN, Ran};
pub(crate) use ledger::{Ledger, MESSAGES, kept_once};
pub(crate) use office::{Office, PLANS_ANYTHING};
pub(crate) use openssl::{ALWAYS, Key};
pub(crate) use webhook::{APP_SECRET, NUMBER_ID, VERIFY_TOKEN, sign, text_message, wamid, webhook};

/// Longest wait for anything that must happen: far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
///
/// # Panics
/// After [`PATIENCE`], saying what was waited for.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
