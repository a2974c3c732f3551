//! What is in a package, and what is not.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde_json::Value;

use super::*;
use crate::query::fixtures::{about, with_file};
use crate::record::RelationKind;
use crate::seal::ParcelOpener;
use crate::tlog::hash::{leaf_hash, sha256};

/// The files of a package.
async fn unpacked(package: Package, opener: &ParcelOpener) -> BTreeMap<String, Vec<u8>> {
    let zip = opener.open(&taken(package).await).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().to_string(), bytes);
    }
    files
}

fn asking(opener: &ParcelOpener, names: &[&str]) -> Reporting {
    let (identifiers, recipient) = (asked(names), opener.recipient());
    Reporting { identifiers, exact: false, recipient, request: None }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[tokio::test]
async fn it_holds_everything_of_the_person_and_nothing_of_anybody_else() {
    let archive = Archive::new();
    let first = archive.keep(&said(1, "the crates on the quay", Some(PHONE), None)).await;
    let edit = about(RelationKind::Edits, "wamid.1", said(2, "the barrels", Some(PHONE), None));
    let edit = archive.keep(&edit).await;
    let photo = with_file("quay.png", "image/png", said(3, "look", Some(NEW_PHONE), None));
    let photo = archive.keep(&photo).await;
    let medium = archive.attach(photo, b"not really a png").await;
    let notice = archive.keep(&moved(4, PHONE, NEW_PHONE)).await;
    archive.keep(&said(5, "UNRELATEDHERON", Some(OTHER), None)).await;
    // The number is somebody else's now: their id says so.
    archive.keep(&said(6, "RECYCLEDHERON", Some(OTHER), Some("DE.9"))).await;
    archive.deliver("DELIVEREDHERON").await;
    let subject = subject_of(&archive).await;
    let opener = ParcelOpener::new();
    let package = subject.report(&officer(), asking(&opener, &[PHONE])).await.unwrap();
    assert_eq!(package.name, "subject-20261121T080000Z.zip.age");
    let files = unpacked(package, &opener).await;
    let photo_file = format!("media/{medium}-quay.png");
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let expected =
        ["README.txt", "about.json", "index.html", "manifest.json", &photo_file, "records.jsonl"];
    assert_eq!(names, expected);
    assert_eq!(files[&photo_file], b"not really a png");

    let lines: Vec<Value> =
        text(&files["records.jsonl"]).lines().map(|line| json_of(line.as_bytes())).collect();
    let mut records: Vec<_> = lines.iter().map(|it| it["record"].clone()).collect();
    records.sort_by_key(Value::to_string);
    let mut theirs = [first, edit, photo, notice].map(|id| json!(id));
    theirs.sort_by_key(Value::to_string);
    assert_eq!(records, theirs);
    let line = lines.iter().find(|it| it["record"] == json!(photo)).unwrap();
    assert_eq!(
        (&line["media"], &line["content"]["body"]["text"]),
        (&json!([photo_file]), &json!("look"))
    );

    let page = text(&files["index.html"]);
    for told in ["the crates on the quay", "edited later", "quay.png", NEW_PHONE] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("HERON"), "{name} holds another person's words");
    }
    let about = json_of(&files["about.json"]);
    assert_eq!(about["retention"]["without_a_rule"], 4);
    assert_eq!(about["categories"][1]["class"], "message", "{about}");
    assert_eq!(about["consent"]["whatsapp"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn its_manifest_fits_the_files_and_the_log() {
    let archive = Archive::new();
    let record = archive.keep(&said(1, "hello", Some(PHONE), None)).await;
    let subject = subject_of(&archive).await;
    let opener = ParcelOpener::new();
    let package = subject.report(&officer(), asking(&opener, &[PHONE])).await.unwrap();
    let files = unpacked(package, &opener).await;
    let manifest = json_of(&files["manifest.json"]);
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 1);
    for file in listed {
        let bytes = &files[file["name"].as_str().unwrap()];
        assert_eq!(file["sha256"], sha256(bytes).to_string());
        assert_eq!(file["size"], bytes.len());
    }
    let place = archive.place_of(record);
    let leaf = archive.log.store().leaf(place).unwrap().unwrap();
    let line = &manifest["records"][0];
    assert_eq!((&line["record"], &line["entry"]), (&json!(record), &json!(place.get())));
    assert_eq!(line["leaf"], json!(leaf_hash(&leaf)));
    assert_eq!(manifest["identifiers"], json!([{"kind": "phone", "value": PHONE}]));
}

#[tokio::test]
async fn what_is_opened_for_it_was_written_down_before_whole() {
    let archive = Archive::new();
    let record = archive.keep(&said(1, "hello", Some(PHONE), None)).await;
    let medium = archive.attach(record, b"bytes").await;
    let mut others_now = said(2, "later", Some(PHONE), Some("DE.2"));
    others_now.from.as_mut().unwrap().name = Some("Somebody".to_owned());
    let theirs_no_more = archive.keep(&others_now).await;
    let subject = subject_of(&archive).await;
    let opener = ParcelOpener::new();
    let reporting = Reporting { exact: true, ..asking(&opener, &[PHONE]) };
    let package = subject.report(&officer(), reporting.clone()).await.unwrap();
    let accesses = archive.accesses();
    let (_, told) = accesses.last().unwrap();
    assert_eq!(
        (&told["of"], &told["page"], &told["pages"]),
        (&json!("report"), &json!(1), &json!(1))
    );
    // It has to be opened to be seen that it is somebody else's.
    let shown = told["shown"].as_array().unwrap();
    for opened in [record, medium, theirs_no_more] {
        assert!(shown.contains(&json!(opened)), "{told}");
    }
    let files = unpacked(package, &opener).await;
    assert!(!text(&files["records.jsonl"]).contains("Somebody"));

    archive.log.poison_it("the disk is full");
    let refused = subject.report(&officer(), reporting).await.unwrap_err();
    assert!(matches!(refused, Error::Query(_)), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_included_is_named_with_why() {
    let archive = Archive::new();
    let whole = archive.keep(&said(1, "hello", Some(PHONE), None)).await;
    let damaged = archive.keep(&said(2, "damaged", Some(PHONE), None)).await;
    let destroyed = archive.keep(&said(3, "destroyed", Some(PHONE), None)).await;
    let photo = with_file("a.png", "image/png", said(4, "photo", Some(PHONE), None));
    let photo = archive.keep(&photo).await;
    let medium = archive.attach(photo, b"png").await;
    let subject = subject_of(&archive).await;
    archive.damage(damaged);
    archive.destroy(destroyed);
    archive.destroy(medium);
    let opener = ParcelOpener::new();
    let package = subject.report(&officer(), asking(&opener, &[PHONE])).await.unwrap();
    let files = unpacked(package, &opener).await;
    let manifest = json_of(&files["manifest.json"]);
    let mut left: Vec<(String, String)> = manifest["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (it["record"].as_str().unwrap().to_owned(), it["why"].as_str().unwrap().to_owned())
        })
        .collect();
    left.sort();
    let mut expected = vec![
        (damaged.to_string(), "damaged".to_owned()),
        (destroyed.to_string(), "destroyed".to_owned()),
        (medium.to_string(), "destroyed".to_owned()),
    ];
    expected.sort();
    assert_eq!(left, expected);
    assert_eq!(manifest["records"].as_array().unwrap().len(), 2);
    assert!(text(&files["records.jsonl"]).contains(&whole.to_string()));
    assert!(text(&files["index.html"]).contains("a medium that is not here"));
}

#[tokio::test]
async fn an_archive_without_a_word_of_the_person_gives_an_empty_package() {
    let archive = Archive::new();
    archive.keep(&said(1, "hello", Some(OTHER), None)).await;
    let subject = subject_of(&archive).await;
    let opener = ParcelOpener::new();
    let package = subject.report(&officer(), asking(&opener, &[PHONE])).await.unwrap();
    let files = unpacked(package, &opener).await;
    assert_eq!(files["records.jsonl"], b"");
    assert_eq!(json_of(&files["manifest.json"])["records"], json!([]));
}

#[tokio::test]
async fn a_person_with_more_records_than_an_access_names_is_told_of_in_pages() {
    let archive = Archive::new();
    for number in 0..1_003 {
        archive.keep(&said(number, "x", Some(PHONE), None)).await;
    }
    let subject = subject_of(&archive).await;
    let opener = ParcelOpener::new();
    let reporting = Reporting { exact: true, ..asking(&opener, &[PHONE]) };
    let package = subject.report(&officer(), reporting).await.unwrap();
    let pages: Vec<usize> = archive
        .accesses()
        .iter()
        .map(|(_, told)| told["shown"].as_array().unwrap().len())
        .collect();
    assert_eq!(pages, [1_000, 3]);
    let files = unpacked(package, &opener).await;
    assert_eq!(text(&files["records.jsonl"]).lines().count(), 1_003);
    // By time, within a conversation.
    let at: Vec<i64> = text(&files["records.jsonl"])
        .lines()
        .map(|line| json_of(line.as_bytes())["content"]["at"].as_i64().unwrap())
        .collect();
    assert!(at.is_sorted());
}
