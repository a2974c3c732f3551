//! The log as an auditor's program walks it: checkpoint, tiles and entries over
//! HTTP, the root computed anew; the same from an export; receipts without either.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;

use flate2::read::GzDecoder;
use muniment::tlog::checkpoint::{self, Checkpoint};
use muniment::tlog::tile::{Path, Width, bundle, from_bytes};
use muniment::tlog::tree::Edge;
use muniment::tlog::{TreeSize, leaf_hash};

use crate::support::{Asker, Daemon, House, ORIGIN, files_under, text_message, until, webhook};

const FOR_GOOD: &str = "private, max-age=31536000, immutable";

/// Enough for two full bundles and a partial one.
const MESSAGES: u64 = 600;

fn filled(daemon: &Daemon) {
    for from in (0..MESSAGES).step_by(100) {
        let numbers = from..from + 100;
        let messages: Vec<_> =
            numbers.map(|number| text_message(number, "447700900323", "All hands")).collect();
        daemon.take(&webhook(&messages));
    }
}

fn opened(house: &House, note: &str) -> Checkpoint {
    let key = String::from_utf8(house.file("keys/log.vkey".as_ref())).unwrap();
    checkpoint::open(note, &key.trim().parse().unwrap(), ORIGIN).unwrap()
}

/// The checkpoint of a daemon, as soon as it covers what was delivered.
fn covering(house: &House, asker: &Asker) -> Checkpoint {
    until("a checkpoint covers the messages", || {
        let answer = asker.get("/v1/log/checkpoint");
        assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-cache"));
        Some(opened(house, &answer.text())).filter(|head| head.size().get() > MESSAGES)
    })
}

/// Everything that a log of a size is served as.
fn walked(asker: &Asker, size: TreeSize) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for path in Path::all(size) {
        let answer = asker.get(&format!("/v1/log/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("cache-control"), FOR_GOOD);
        let body = match answer.header("content-encoding") {
            "gzip" => {
                let mut body = vec![];
                GzDecoder::new(answer.body.as_slice()).read_to_end(&mut body).unwrap();
                assert!(answer.body.len() < body.len() || body.len() < 100, "{path}");
                body
            }
            other => {
                assert_eq!(other, "", "{path}");
                answer.body
            }
        };
        files.insert(path.to_string(), body);
    }
    files
}

/// Computes the tree from the entries alone, compares every tile, and gives the tree.
fn recomputed(files: &BTreeMap<String, Vec<u8>>, size: TreeSize) -> Edge {
    let mut edge = Edge::empty();
    let mut tiles = BTreeMap::new();
    for path in Path::all(size) {
        let Path::Entries { width, .. } = path else { continue };
        for entry in bundle::decode(&files[&path.to_string()], width).unwrap() {
            for full in edge.push(leaf_hash(entry)) {
                tiles.insert(full.at(), full.hashes().to_vec());
            }
        }
    }
    for path in Path::all(size) {
        let Path::Tile { at, width } = path else { continue };
        let expected = match width {
            Width::Full => tiles[&at].clone(),
            Width::Partial(_) => edge.partial(at.level).to_vec(),
        };
        assert_eq!(from_bytes(&files[&path.to_string()]), Some(expected), "{path}");
    }
    edge
}

#[test]
fn the_log_is_walked_over_http_and_leads_to_its_checkpoint() {
    let house = House::new();
    let daemon = house.serve();
    filled(&daemon);
    let plain = daemon.api.with_token(&house.token("auditor"));
    let head = covering(&house, &plain);
    let small = plain.with("accept-encoding", "gzip");
    let files = walked(&plain, head.size());
    assert_eq!(walked(&small, head.size()), files);
    let tree = recomputed(&files, head.size());
    assert_eq!((tree.size(), tree.root()), (head.size(), *head.root()));
    assert!(small.get("/v1/log/tile/entries/000").header("content-encoding") == "gzip");
    assert_eq!(small.get("/v1/log/tile/0/000").header("content-encoding"), "");

    let beyond = head.size().get() / 256 + 1;
    for path in [format!("tile/0/{beyond:03}"), "tile/2/000".to_owned(), "tile/7/000".to_owned()] {
        assert_eq!(plain.get(&format!("/v1/log/{path}")).status, 404, "{path}");
    }
    for path in ["tile/0/1", "tile/x/000", "tile/0/000.p/0", "tile/0/..%2F000"] {
        let answer = plain.get(&format!("/v1/log/{path}"));
        assert_eq!((answer.status, &answer.json()["code"]), (400, &"bad_path".into()), "{path}");
    }
    for path in ["checkpoint", "tile/0/000", "tile/entries/000", "consistency?old=1"] {
        let answer = daemon.api.get(&format!("/v1/log/{path}"));
        assert_eq!((answer.status, &answer.json()["code"]), (401, &"token_missing".into()));
    }
}

#[test]
fn an_export_beside_the_daemon_is_what_the_daemon_serves_and_grows() {
    let house = House::new();
    let daemon = house.serve();
    let asker = daemon.api.with_token(&house.token("auditor"));
    let dir = house.beside("export");
    let first = house.run(&["log", "export", dir.to_str().unwrap()]);
    assert_eq!(first.code, 0, "{first:?}");
    let early = opened(&house, &fs::read_to_string(dir.join("checkpoint")).unwrap());
    let kept = house.beside("early.checkpoint");
    fs::copy(dir.join("checkpoint"), &kept).unwrap();

    filled(&daemon);
    let head = covering(&house, &asker);
    let second = house.run(&["log", "export", dir.to_str().unwrap()]);
    assert_eq!(second.code, 0, "{second:?}");
    assert!(second.stdout.contains("new entries of"), "{second:?}");
    let exported = opened(&house, &fs::read_to_string(dir.join("checkpoint")).unwrap());
    assert!(exported.size() >= head.size() && early.size() < head.size());
    let served = walked(&asker, exported.size());
    for (path, bytes) in &served {
        assert!(fs::read(dir.join(path)).unwrap() == *bytes, "{path}");
    }
    assert!(files_under(&dir).len() > served.len());
    let again = house.run(&["log", "export", dir.to_str().unwrap()]);
    assert!(again.code == 0 && again.stdout.contains("no file was added"), "{again:?}");

    let elsewhere = House::new();
    let refused = elsewhere.run(&["log", "export", dir.to_str().unwrap()]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("evidence"), "{refused:?}");

    let sizes = [early.size().to_string(), exported.size().to_string()];
    let proof = asker.get_with("/v1/log/consistency", &[("old", &sizes[0]), ("new", &sizes[1])]);
    fs::copy(dir.join("checkpoint"), house.beside("late.checkpoint")).unwrap();
    crate::support::written(house.beside("proof"), &proof.body);
    let vkey = house.keys().join("log.vkey");
    let both = ["log", "consistency", "early.checkpoint", "late.checkpoint", "--key"];
    let both = [&both[..], &[vkey.to_str().unwrap()]].concat();
    let right = house.run(&[&both[..], &["--proof", "proof"]].concat());
    assert!(right.code == 0 && right.stdout.contains("one history"), "{right:?}");
    let token = house.beside("auditor.token");
    crate::support::written(token.clone(), house.token("auditor").as_bytes());
    let asked = ["--server", daemon.api.base(), "--token-file", token.to_str().unwrap()];
    let right = house.run(&[&both[..], &asked].concat());
    assert_eq!(right.code, 0, "{right:?}");
    crate::support::written(house.beside("proof"), b"");
    assert_eq!(house.run(&[&both[..], &["--proof", "proof"]].concat()).code, 3);
}

#[test]
fn a_receipt_is_verified_by_whoever_has_nothing_else() {
    let mut house = House::new();
    house.set("MUNIMENT_TOKEN", &house.token("officer"));
    let daemon = house.serve();
    house.set("MUNIMENT_SERVER", daemon.api.base());
    daemon.take(&webhook(&[text_message(1, "447700900328", "The anchor is aweigh")]));
    let entries = house.entries();
    let kept = entries.iter().filter_map(|entry| entry.kept()).next_back().unwrap();
    let record = kept.record.to_string();
    let got = house.run(&["receipt", &record, "-o", "evidence.tlog-proof"]);
    assert_eq!(got.code, 0, "{got:?}");
    let key = String::from_utf8(house.file("keys/log.vkey".as_ref())).unwrap();
    let text = fs::read(house.beside("evidence.tlog-proof")).unwrap();
    drop(daemon);

    let stranger = House::empty();
    let file = crate::support::written(stranger.beside("evidence.tlog-proof"), &text);
    let file = file.to_str().unwrap();
    let verify = ["receipt", "verify", file, "--key", key.trim()];
    let right = stranger.run(&verify);
    assert_eq!(right.code, 0, "{right:?}");
    assert!(right.stdout.contains(&record) && right.stdout.contains(ORIGIN), "{right:?}");
    let json = stranger.run(&[&verify[..], &["--json"]].concat()).json();
    assert_eq!((&json["right"], &json["record"]), (&true.into(), &record.into()), "{json}");
    assert_eq!(json["sealed"]["sha256"], kept.sealed_sha256.to_string());

    let other = House::new();
    let other = String::from_utf8(other.file("keys/log.vkey".as_ref())).unwrap();
    let wrong = stranger.run(&["receipt", "verify", file, "--key", other.trim()]);
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(wrong.stdout.contains("what it means"), "{wrong:?}");
    assert_eq!(stranger.run(&["receipt", "verify", file]).code, 2);
    assert_eq!(stranger.run(&["receipt"]).code, 2);
    assert_eq!(stranger.run(&["receipt", "verify", "/nowhere", "--key", key.trim()]).code, 1);
}
