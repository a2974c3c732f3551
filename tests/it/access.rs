//! Who may ask what, and that every opening is itself an entry.

use std::sync::Arc;

use muniment::entry::{Act, Entry, Event, Kept};
use muniment::record::RecordId;
use muniment::seal::{ArchiveIdentity, Keyring};
use muniment::store::Store;
use serde_json::{Value, json};

use crate::support::{Asker, Daemon, Graph, House, Served, text_message, until, webhook};

const FROM: &str = "447700900324";

/// What the log says of openings: who, what, which record; and the sealed rest.
fn openings(house: &House) -> Vec<(String, Act, Option<RecordId>, Kept)> {
    let opening = |entry: Entry| match entry.event {
        Event::Accessed { kept, who, act, target } => Some((who, act, target, kept)),
        Event::Began { .. }
        | Event::Captured { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. } => None,
    };
    house.entries().into_iter().filter_map(opening).collect()
}

/// The plaintext of a sealed record of a stopped archive.
fn opened(house: &House, kept: &Kept) -> Value {
    let store = Arc::new(Store::open_read_only(&house.data()).unwrap());
    let index = store.index_of(kept.record).unwrap().unwrap();
    let header = store.header(index).unwrap().unwrap();
    let body = store.body(index).unwrap().unwrap();
    let identity = ArchiveIdentity::load(&house.keys().join("identity.age"), None).unwrap();
    let plaintext = Keyring::new(store, identity, vec![]).open(kept, &header, &body).unwrap();
    serde_json::from_slice(&plaintext).unwrap()
}

/// The part of a token that may be told.
fn token_id(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}

/// Every address, with a record, a medium and a conversation that exist, and the
/// least role that may ask it.
fn addresses(record: &str, medium: &str, thread: &str) -> [(&'static str, String); 8] {
    [
        ("officer", "/v1/search?q=quay".to_owned()),
        ("officer", format!("/v1/records/{record}")),
        ("officer", format!("/v1/records/{record}/media/{medium}")),
        ("officer", format!("/v1/threads/{thread}")),
        ("auditor", format!("/v1/records/{record}/entry")),
        ("auditor", format!("/v1/records/{record}/receipt")),
        ("auditor", "/v1/log/checkpoint".to_owned()),
        ("admin", "/v1/tokens".to_owned()),
    ]
}

/// An archive with one image in one conversation: daemon, record, medium, thread.
struct WithImage {
    house: House,
    _graph: Graph,
    daemon: Daemon,
    officer: String,
    record: String,
    medium: String,
    thread: String,
}

impl WithImage {
    fn new() -> Self {
        let bytes = b"\x89PNG\r\n\x1a\n not much of a picture".to_vec();
        let served = Served {
            id: "3077000000000555".into(),
            mime: "image/png".into(),
            bytes,
            dead_links: 0,
        };
        let graph = Graph::serving("EAAGaccess", vec![served]);
        let mut house = House::new();
        house.set("MUNIMENT_MEDIA__ENABLED", "true");
        house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
        house.set("MUNIMENT_MEDIA_TOKEN", "EAAGaccess");
        let daemon = house.serve();
        let officer = house.token("officer");
        let mut image = text_message(1, FROM, "");
        image["type"] = json!("image");
        image["image"] = json!({
            "id": "3077000000000555", "mime_type": "image/png", "caption": "The crates on the quay",
        });
        daemon.take(&webhook(&[image]));
        until("the image is linked", || {
            let linked = |entry: &Entry| matches!(entry.event, Event::Linked { .. });
            house.entries().iter().any(linked).then_some(())
        });
        let page = daemon.search(&house, &officer, "quay");
        let hit = &page["hits"][0];
        let record = hit["record"].as_str().unwrap().to_owned();
        let thread = hit["thread"].as_str().unwrap().to_owned();
        let asker = daemon.api.with_token(&officer);
        let read = asker.get(&format!("/v1/records/{record}")).json();
        let medium = read["media"][0]["id"].as_str().unwrap().to_owned();
        Self { house, _graph: graph, daemon, officer, record, medium, thread }
    }

    fn asker(&self, token: &str) -> Asker {
        self.daemon.api.with_token(token)
    }
}

#[test]
fn every_opening_is_an_entry_that_says_who_and_what_and_seals_why() {
    let archive = WithImage::new();
    let before = openings(&archive.house).len();
    let reason = "Complaint 2026-114, asked by the ombudsman";
    let asker = archive.asker(&archive.officer).with("muniment-reason", reason);
    let WithImage { record, medium, thread, .. } = &archive;
    for path in [
        "/v1/search?q=quay".to_owned(),
        format!("/v1/records/{record}"),
        format!("/v1/threads/{thread}"),
        format!("/v1/records/{record}/media/{medium}"),
    ] {
        assert_eq!(asker.get(&path).status, 200, "{path}");
    }
    let new = openings(&archive.house).split_off(before);
    let acts: Vec<Act> = new.iter().map(|(_, act, ..)| *act).collect();
    assert_eq!(acts, [Act::Search, Act::Read, Act::ReadThread, Act::ReadMedium]);
    let targets: Vec<_> = new.iter().map(|(_, _, target, _)| *target).collect();
    let (record, medium) = (record.parse().unwrap(), medium.parse().unwrap());
    assert_eq!(targets, [None, Some(record), None, Some(medium)]);
    assert!(new.iter().all(|(who, ..)| who == token_id(&archive.officer)));

    let WithImage { house, daemon, .. } = archive;
    daemon.stop();
    let told: Vec<Value> = new.iter().map(|(.., kept)| opened(&house, kept)).collect();
    assert!(told.iter().all(|told| told["reason"] == reason && told["name"] == "it"), "{told:?}");
    assert_eq!(told[0]["query"], "quay");
    assert_eq!(told[0]["shown"], json!([record.to_string()]));
}

#[test]
fn without_a_token_every_address_is_401_and_nothing_is_opened() {
    let archive = WithImage::new();
    let before = archive.house.entries();
    for (_, path) in addresses(&archive.record, &archive.medium, &archive.thread) {
        let mut altered = archive.officer.clone();
        let last = altered.pop().unwrap();
        altered.push(if last == 'A' { 'E' } else { 'A' });
        let unknown = format!("mun_{}_{}", "0".repeat(16), "A".repeat(43));
        let askers = [
            archive.daemon.api.clone(),
            archive.asker(&altered),
            archive.asker(&unknown),
            archive.asker(""),
            archive.daemon.api.with("authorization", &format!("Basic {}", archive.officer)),
        ];
        for asker in askers {
            let answer = asker.get(&path);
            assert_eq!(answer.status, 401, "{path}: {}", answer.text());
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        }
    }
    assert_eq!(archive.house.entries(), before);
}

#[test]
fn an_auditor_checks_the_log_and_reads_no_content() {
    let archive = WithImage::new();
    let auditor = archive.house.token("auditor");
    let before = archive.house.entries();
    for (role, path) in addresses(&archive.record, &archive.medium, &archive.thread) {
        let answer = archive.asker(&auditor).get(&path);
        let expected = if role == "auditor" { 200 } else { 403 };
        assert_eq!(answer.status, expected, "{path}: {}", answer.text());
        if expected == 403 {
            assert_eq!(answer.json()["code"], "not_permitted", "{path}");
        }
    }
    assert_eq!(archive.house.entries(), before, "looking at the log opens nothing");
}

#[test]
fn a_revoked_token_is_refused_at_once() {
    let archive = WithImage::new();
    let asker = archive.asker(&archive.officer);
    assert_eq!(asker.get("/v1/search?q=quay").status, 200);
    let revoked = archive.house.run(&["token", "revoke", token_id(&archive.officer)]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let answer = asker.get("/v1/search?q=quay");
    assert_eq!((answer.status, answer.json()["code"].as_str().unwrap()), (401, "token_ended"));
}

#[test]
fn health_readiness_and_metrics_need_no_token_and_tell_no_content() {
    let archive = WithImage::new();
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = archive.daemon.api.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(!answer.text().contains(FROM), "{path}");
    }
    let metrics = archive.daemon.api.get("/metrics").text();
    assert!(metrics.lines().any(|line| line.starts_with("muniment_")), "{metrics}");
}

#[test]
fn the_providers_door_answers_no_question_of_the_api_and_the_other_way_round() {
    let archive = WithImage::new();
    let asker = archive.daemon.hooks.with_token(&archive.officer);
    for (_, path) in addresses(&archive.record, &archive.medium, &archive.thread) {
        assert_eq!(asker.get(&path).status, 404, "{path}");
    }
    let body = webhook(&[text_message(9, FROM, "through the wrong door")]);
    let signature = crate::support::sign(body.as_bytes());
    let api = archive.daemon.api.with("x-hub-signature-256", &signature);
    let answer = api.post("/hooks/meta", body.as_bytes());
    assert!(matches!(answer.status, 401 | 404 | 405), "{}", answer.status);
}

#[test]
fn a_record_that_is_not_there_and_a_malformed_id_are_told_apart_from_it() {
    let archive = WithImage::new();
    let asker = archive.asker(&archive.officer);
    let unknown = "0".repeat(32);
    let missing = asker.get(&format!("/v1/records/{unknown}"));
    assert_eq!((missing.status, missing.json()["code"].as_str().unwrap()), (404, "not_found"));
    let malformed = asker.get("/v1/records/not-an-id");
    assert!(matches!(malformed.status, 400 | 404), "{}", malformed.text());
    let query = asker.get_with("/v1/search", &[("q", "\"no end")]);
    assert_eq!(query.status, 400, "{}", query.text());
}
