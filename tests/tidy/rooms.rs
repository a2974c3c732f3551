//! Which room may name which, and who may name the large foreign crates.
//!
//! The table below is that of `docs/ARCHITECTURE.md`. Code for tests may name
//! any room (a test of `log` needs a keyring), but no foreign crate that is at
//! home elsewhere.

use std::collections::BTreeSet;

use super::paths::paths;
use super::source::{Fault, Source};

/// The rooms, lowest first, each with those it may import.
const ROOMS: [(&str, &[&str]); 25] = [
    ("causes", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("aside", &["fault"]),
    ("record", &[]),
    ("spelling", &[]),
    ("timestamp", &[]),
    ("tlog", &[]),
    ("witness", &["causes", "clock", "fault", "tlog"]),
    ("entry", &["record", "tlog"]),
    ("policy", &["record", "spelling"]),
    ("projection", &["record", "entry", "policy"]),
    ("store", &["causes", "fault", "entry", "tlog"]),
    ("seal", &["aside", "fault", "record", "entry", "store", "clock"]),
    ("log", &["aside", "causes", "fault", "entry", "tlog", "store", "clock"]),
    ("attest", &["causes", "clock", "timestamp", "tlog", "entry", "log"]),
    ("capture", &["record", "entry", "policy", "seal", "log", "clock"]),
    ("govern", &["record", "entry", "policy", "projection", "store", "seal", "log", "clock"]),
    (
        "index",
        &["aside", "causes", "fault", "record", "spelling", "entry", "policy", "seal", "log"],
    ),
    (
        "conduct",
        &[
            "aside",
            "causes",
            "clock",
            "fault",
            "record",
            "entry",
            "policy",
            "projection",
            "store",
            "seal",
            "log",
            "govern",
            "index",
        ],
    ),
    ("query", BELOW_QUERY),
    ("disposition", BELOW_QUERY),
    (
        "subject",
        &[
            "clock",
            "record",
            "tlog",
            "entry",
            "policy",
            "projection",
            "store",
            "seal",
            "log",
            "govern",
            "index",
            "query",
            "disposition",
        ],
    ),
    (
        "verify",
        &[
            "causes",
            "timestamp",
            "record",
            "entry",
            "tlog",
            "policy",
            "projection",
            "seal",
            "store",
        ],
    ),
    (
        "api",
        &[
            "query",
            "disposition",
            "subject",
            "govern",
            "verify",
            "log",
            "projection",
            "policy",
            "record",
            "entry",
            "clock",
            "aside",
            "causes",
            "fault",
            // For findings, and how far it is with them.
            "conduct",
            // For the query language and its places, and for how far the index is.
            "index",
        ],
    ),
];

const BELOW_QUERY: &[&str] = &[
    "clock",
    "record",
    "tlog",
    "entry",
    "policy",
    "projection",
    "store",
    "seal",
    "log",
    "capture",
    "govern",
    "index",
];

/// The words that entries are made of. Whoever may import `entry` may name them:
/// positions, digests and record ids have one type everywhere.
const WORDS_OF_ENTRY: [&str; 2] = ["record", "tlog"];

/// The rim builds and runs the rest: it may import anything, and nobody imports it.
const RIM: [&str; 7] = ["main", "lib", "cli", "config", "daemon", "timer", "telemetry"];

/// Foreign crates with a home, and the modules that may name them.
const HOMES: [(&str, &[&str]); 10] = [
    ("der", &["timestamp"]),
    ("webpki", &["timestamp"]),
    ("rustls_pki_types", &["timestamp"]),
    ("rocksdb", &["store"]),
    ("tantivy", &["index"]),
    ("age", &["seal"]),
    ("age_core", &["seal"]),
    ("axum", &["capture::webhook", "witness::routes", "api", "daemon"]),
    ("anyhow", &RIM),
    ("rustix", &["clock", "fault", "log::room", "daemon", "cli"]),
];

/// Imports that go upward or sideways.
pub fn imports(source: &Source) -> Vec<Fault> {
    if !source.file.starts_with("src/") {
        return vec![];
    }
    let own = room_of(source);
    if RIM.contains(&own.as_str()) {
        return vec![];
    }
    let Some(allowed) = allowed(&own) else {
        let what = format!("there is no room `{own}`: give it a place in the table of rooms");
        return vec![source.fault(1, what)];
    };
    let mut faults = vec![];
    for path in paths(source).iter().filter(|path| !path.for_tests) {
        let [root, room, ..] = path.names.as_slice() else { continue };
        if root == "crate" && *room != own && !allowed.contains(&room.as_str()) {
            faults.push(source.fault(path.line, refusal(&own, room, &allowed)));
        }
    }
    faults
}

/// Foreign crates named away from home.
pub fn foreign_crates(source: &Source) -> Vec<Fault> {
    if !source.file.starts_with("src/") {
        return vec![];
    }
    let module = match source.module() {
        root if root.is_empty() => room_of(source),
        module => module.join("::"),
    };
    let mut faults = vec![];
    for path in paths(source) {
        let Some((name, homes)) = home_of(path.names.first()) else { continue };
        let at_home = homes.iter().any(|home| {
            module.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        if !at_home {
            let homes = homes.join(", ");
            let what =
                format!("`{name}` is named only in {homes}: ask that room for what is needed");
            faults.push(source.fault(path.line, what));
        }
    }
    faults
}

fn home_of(name: Option<&String>) -> Option<&'static (&'static str, &'static [&'static str])> {
    HOMES.iter().find(|(foreign, _)| name.is_some_and(|name| name == foreign))
}

fn room_of(source: &Source) -> String {
    let module = source.module();
    let stem = source.file.trim_start_matches("src/").trim_end_matches(".rs");
    module.first().cloned().unwrap_or_else(|| stem.to_owned())
}

/// What a room may import; `None` for a room that is not in the table.
fn allowed(room: &str) -> Option<Vec<&'static str>> {
    let (_, imports) = ROOMS.iter().find(|(name, _)| *name == room)?;
    let mut allowed = imports.to_vec();
    if imports.contains(&"entry") {
        allowed.extend(WORDS_OF_ENTRY);
    }
    Some(allowed)
}

fn refusal(own: &str, room: &str, allowed: &[&str]) -> String {
    let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
    let allowed: Vec<&str> = allowed.into_iter().collect();
    let may = match allowed.as_slice() {
        [] => "nothing of ours".to_owned(),
        rooms => rooms.join(", "),
    };
    if RIM.contains(&room) {
        format!("`{own}` imports `{room}`, which is the rim: have the rim pass in what is needed")
    } else if ROOMS.iter().any(|(name, _)| *name == room) {
        format!("`{own}` imports `{room}`, but may import only {may}: turn the dependency round")
    } else {
        format!("`{own}` names `crate::{room}`, which is no room: name the room it comes from")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &str, text: &str) -> Vec<String> {
        let source = Source::parse(file, text);
        imports(&source).iter().chain(&foreign_crates(&source)).map(ToString::to_string).collect()
    }

    #[test]
    fn an_import_upward_is_named_with_file_and_line() {
        let found = faults("src/store/read.rs", "//! Rows.\nuse crate::log::Log;");
        let [fault] = found.as_slice() else { panic!("{found:?}") };
        assert!(fault.starts_with("src/store/read.rs:2: `store` imports `log`"), "{fault}");
        assert!(fault.contains("may import only causes, entry, fault, record, tlog"), "{fault}");
    }

    #[test]
    fn every_forbidden_way_of_importing_is_found() {
        for (file, text) in [
            ("src/tlog/tree.rs", "use crate::entry::Entry;"),
            ("src/record.rs", "use crate::{clock::Clock};"),
            ("src/seal/keyring.rs", "fn f() { crate::log::append(); }"),
            ("src/log/sequencer.rs", "use super::super::seal::Sealed;"),
            ("src/index.rs", "fn f() { g!(crate::query::Query); }"),
            ("src/capture.rs", "use crate::config::Config;"),
            ("src/api/auth.rs", "use crate::daemon;"),
            ("src/query.rs", "use crate::disposition::Plan;"),
            ("src/entry.rs", "use crate::*;"),
            ("src/drawer.rs", ""),
        ] {
            assert_eq!(faults(file, text).len(), 1, "{file}: {text}");
        }
    }

    #[test]
    fn imports_downward_within_and_for_tests_are_free() {
        for (file, text) in [
            ("src/entry.rs", "use crate::record::RecordId; use crate::tlog::Hash;"),
            ("src/capture/meta.rs", "use crate::capture::Delivery; use crate::tlog::LeafIndex;"),
            ("src/log.rs", "#[cfg(test)] mod tests { use crate::seal::Keyring; }"),
            ("src/cli/serve.rs", "use crate::api::Api; use anyhow::Context as _;"),
            ("src/daemon.rs", "use axum::Router;"),
            ("src/capture/webhook.rs", "use axum::Router;"),
            ("src/main.rs", "fn main() -> anyhow::Result<()> { muniment::cli::run() }"),
        ] {
            assert!(faults(file, text).is_empty(), "{file}: {:?}", faults(file, text));
        }
    }

    #[test]
    fn a_foreign_crate_away_from_home_is_found_even_in_tests() {
        for (file, text) in [
            ("src/log.rs", "use rocksdb::DB;"),
            ("src/query.rs", "fn f(e: tantivy::TantivyError) {}"),
            ("src/verify.rs", "#[cfg(test)] mod tests { use age::x25519; }"),
            ("src/record.rs", "fn f() -> ::anyhow::Result<()> { g() }"),
            ("src/capture/meta.rs", "use axum::http::HeaderMap;"),
            ("src/capture/webhooks.rs", "use axum::http::HeaderMap;"),
        ] {
            assert_eq!(faults(file, text).len(), 1, "{file}: {text}");
        }
    }

    #[test]
    fn the_table_has_no_circle() {
        for (at, (room, imports)) in ROOMS.iter().enumerate() {
            for import in *imports {
                let place = ROOMS.iter().position(|(name, _)| name == import);
                assert!(place.is_some_and(|place| place < at), "{room} → {import}");
            }
        }
    }
}
