//! What an auditor takes away verifies without the archive.

use super::*;
use crate::query::fixtures::{ORIGIN, message};
use crate::tlog::checkpoint::open_note;
use crate::tlog::note::Note;
use crate::tlog::receipt::Receipt;

#[tokio::test]
async fn the_receipt_proves_the_entry_offline() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "wamid.CANARY", "the canary sings")).await;
    door.archive.signed().await;
    let entry = door.get(&format!("/v1/records/{record}/entry"), &door.auditor).await;
    let receipt = door.get(&format!("/v1/records/{record}/receipt"), &door.auditor).await;
    assert_eq!(entry.header("content-type"), "application/json");
    assert_eq!(receipt.header("content-type"), "text/plain; charset=utf-8");
    let name = format!("attachment; filename=\"{record}.tlog-proof\"");
    assert_eq!(receipt.header("content-disposition"), name);
    let parsed: Receipt = receipt.text().parse().unwrap();
    let key = door.archive.log.verifier_key();
    parsed.verify(&entry.body, key, ORIGIN).unwrap();
    let mut other = entry.body.clone();
    other[10] ^= 1;
    assert!(parsed.verify(&other, key, ORIGIN).is_err());
    assert!(!entry.text().contains("canary") && !entry.text().contains("CANARY"));
    assert!(door.archive.accesses().is_empty(), "a proof opens nothing");
}

#[tokio::test]
async fn the_checkpoint_is_the_logs_signed_note() {
    let door = Door::new();
    door.archive.keep(&message(1, "wamid.A", "x")).await;
    door.archive.signed().await;
    let answer = door.get("/v1/log/checkpoint", &door.auditor).await;
    let note = Note::parse(answer.text()).unwrap();
    let checkpoint = open_note(&note, door.archive.log.verifier_key(), ORIGIN).unwrap();
    assert_eq!(checkpoint.size(), door.archive.log.size());
}
