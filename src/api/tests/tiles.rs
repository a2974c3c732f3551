//! The log under the addresses of C2SP tlog-tiles.

use std::io::Read as _;

use super::*;
use crate::query::fixtures::{ORIGIN, message};
use crate::tlog::checkpoint::open_note;
use crate::tlog::note::Note;
use crate::tlog::proof::{ConsistencyProof, verify_consistency};
use crate::tlog::tile::{Path as TilePath, Width, bundle, from_bytes};
use crate::tlog::tree::root_of;
use crate::tlog::{Hash, TreeSize, leaf_hash};

const FOR_GOOD: &str = "private, max-age=31536000, immutable";

/// A door to an archive with a few entries, and the size of its checkpoint.
async fn door() -> (Door, u64) {
    let door = Door::new();
    for number in 0..4 {
        door.archive.keep(&message(number, &format!("wamid.{number}"), "hello")).await;
    }
    door.archive.signed().await;
    let size = door.archive.log.signed_size().get();
    (door, size)
}

#[tokio::test]
async fn the_newest_checkpoint_is_asked_for_again_and_tiles_are_kept() {
    let (door, size) = door().await;
    let checkpoint = door.get("/v1/log/checkpoint", &door.auditor).await;
    assert_eq!(checkpoint.header("cache-control"), "private, no-cache");
    let note = Note::parse(checkpoint.text()).unwrap();
    let head = open_note(&note, door.archive.log.verifier_key(), ORIGIN).unwrap();
    assert_eq!(head.size(), TreeSize::new(size));

    let tile = door.get(&format!("/v1/log/tile/0/000.p/{size}"), &door.auditor).await;
    assert_eq!(tile.status, 200);
    assert_eq!(tile.header("content-type"), "application/octet-stream");
    assert_eq!(tile.header("cache-control"), FOR_GOOD);
    assert_eq!(root_of(&from_bytes(&tile.body).unwrap()), *head.root());
    assert!(door.archive.accesses().is_empty(), "a tile opens nothing");
}

#[tokio::test]
async fn entries_are_sent_small_to_those_who_take_them_so() {
    let (door, size) = door().await;
    let address = format!("/v1/log/tile/entries/000.p/{size}");
    let plain = door.get(&address, &door.auditor).await;
    let mut request = get(&address, &door.auditor);
    request.headers_mut().insert("accept-encoding", "br, gzip".parse().unwrap());
    let small = door.ask(request).await;
    for answer in [&plain, &small] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("cache-control"), FOR_GOOD);
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
    assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), ("", "gzip"));
    assert!(small.body.len() < plain.body.len());
    let mut unpacked = vec![];
    flate2::read::GzDecoder::new(small.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    let width = Width::try_from(usize::try_from(size).unwrap()).unwrap();
    let entries = bundle::decode(&plain.body, width).unwrap();
    for (index, entry) in (0..).map(crate::tlog::LeafIndex::new).zip(entries) {
        assert_eq!(door.archive.log.store().leaf(index).unwrap().unwrap(), entry);
    }
}

#[tokio::test]
async fn a_head_is_answered_as_a_get_without_its_body() {
    let (door, size) = door().await;
    for address in ["checkpoint".to_owned(), format!("tile/entries/000.p/{size}")] {
        let address = format!("/v1/log/{address}");
        let whole = door.get(&address, &door.auditor).await;
        let mut request = get(&address, &door.auditor);
        *request.method_mut() = axum::http::Method::HEAD;
        let head = door.ask(request).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        assert_eq!(head.header("cache-control"), whole.header("cache-control"));
    }
}

#[tokio::test]
async fn every_partial_tile_up_to_the_checkpoint_is_there_and_none_beyond() {
    let (door, size) = door().await;
    let all = format!("/v1/log/tile/0/000.p/{size}");
    let all = door.get(&all, &door.auditor).await.body;
    for width in 1..=size {
        let tile = door.get(&format!("/v1/log/tile/0/000.p/{width}"), &door.auditor).await;
        assert_eq!(tile.body, all[..usize::try_from(width).unwrap() * 32]);
    }
    let beyond = size + 1;
    for path in [
        format!("tile/0/000.p/{beyond}"),
        format!("tile/entries/000.p/{beyond}"),
        "tile/0/000".to_owned(),
        "tile/1/000.p/1".to_owned(),
        "tile/entries/x999/999".to_owned(),
    ] {
        assert!(path.parse::<TilePath>().is_ok(), "{path}");
        let answer = door.get(&format!("/v1/log/{path}"), &door.auditor).await;
        let told = answer.is_problem(404, "not_found");
        assert!(told["detail"].as_str().unwrap().contains("newest checkpoint"), "{told}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_path_in_another_form_is_told_the_right_one() {
    let (door, _) = door().await;
    for path in
        ["0/1", "0/0001", "64/000", "00/000", "entries/000.p/0", "x/000", "0/000.p/256", "0"]
    {
        let answer = door.get(&format!("/v1/log/tile/{path}"), &door.auditor).await;
        let told = answer.is_problem(400, "bad_path");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("tile/<level>/<number>") && detail.contains("x001"), "{detail}");
    }
    door.get("/v1/log/tile/", &door.auditor).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_consistency_proof_leads_from_tree_to_tree() {
    let (door, size) = door().await;
    let leaves: Vec<Hash> = (0..size)
        .map(|index| {
            let leaf = door.archive.log.store().leaf(crate::tlog::LeafIndex::new(index));
            leaf_hash(&leaf.unwrap().unwrap())
        })
        .collect();
    let root = |size: u64| root_of(&leaves[..usize::try_from(size).unwrap()]);
    for (old, new, address) in [
        (3, size, "?old=3".to_owned()),
        (3, size, format!("?old=3&new={size}")),
        (1, 4, "?old=1&new=4".to_owned()),
        (0, size, "?old=0".to_owned()),
        (2, 2, "?old=2&new=2".to_owned()),
    ] {
        let answer = door.get(&format!("/v1/log/consistency{address}"), &door.auditor).await;
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        let hashes = answer.text().lines().map(|line| Hash::from_base64(line).unwrap());
        let proof = ConsistencyProof::new(hashes.collect()).unwrap();
        let sizes = (TreeSize::new(old), TreeSize::new(new));
        verify_consistency(sizes.0, sizes.1, &root(old), &root(new), &proof).unwrap();
    }
    for bad in ["", "?new=3", "?old=x", "?old=-1", "?old=01", "?old=4&new=3", "?old=1&new=99999"] {
        let answer = door.get(&format!("/v1/log/consistency{bad}"), &door.auditor).await;
        answer.is_problem(400, "bad_parameter");
    }
    let beyond = door.get("/v1/log/consistency?old=1&new=99999", &door.auditor).await;
    assert!(beyond.text().contains(&format!("newest checkpoint has {size} entries")));
}
