use std::sync::atomic::Ordering;

use super::fixtures::{Archive, PHONE, about, message, reader, with_file};
use super::view::Problem;
use super::*;
use crate::entry::Act;
use crate::entry::Event;
use crate::index::Order;
use crate::record::{Class, RecordId, RelationKind};
use crate::tlog::LeafIndex;

mod accesses;
mod damage;
mod restricted;
mod threads;

#[tokio::test]
async fn a_search_shows_excerpts_of_what_was_found() {
    let archive = Archive::new();
    let wanted = archive.keep(&message(1, "wamid.A", "please call about the mortgage")).await;
    archive.keep(&message(2, "wamid.B", "nothing of interest")).await;
    archive.indexed().await;

    let found = archive.search("mortgage").await.unwrap();
    assert_eq!((found.total, found.hits.len(), found.next.as_deref()), (1, 1, None));
    let hit = &found.hits[0];
    assert_eq!((hit.record, hit.problem), (wanted, None));
    assert_eq!(hit.entry, archive.place_of(wanted).get());
    assert_eq!(hit.from.as_ref().unwrap().phone.as_deref(), Some(PHONE));
    let marked: Vec<_> = hit.excerpt.iter().filter(|segment| segment.hit).collect();
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].text, "mortgage");
    let whole: String = hit.excerpt.iter().map(|segment| segment.text.as_str()).collect();
    assert_eq!(whole, "please call about the mortgage");
}

#[tokio::test]
async fn pages_of_a_search_follow_one_another() {
    let archive = Archive::new();
    let mut kept = vec![];
    for number in 0..5 {
        let id = format!("wamid.{number}");
        kept.push(archive.keep(&message(number, &id, "the same word")).await);
    }
    archive.indexed().await;
    let mut seen = vec![];
    let mut cursor = None;
    loop {
        let (query, order) = ("word".to_owned(), Order::Oldest);
        let search = Search { query, order, limit: Some(2), cursor };
        let page = archive.query.search(&reader(), search).await.unwrap();
        assert_eq!(page.total, 5);
        seen.extend(page.hits.iter().map(|hit| hit.record));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, kept);
}

#[tokio::test]
async fn a_record_is_shown_as_it_was_sealed_with_its_media() {
    let archive = Archive::new();
    let record = with_file("scan.pdf", "application/pdf", message(1, "wamid.A", "my passport"));
    let id = archive.keep(&record).await;
    let medium = archive.attach(id, b"%PDF-1.7 passport").await;
    archive.indexed().await;

    let view = archive.query.record(&reader(), id).await.unwrap();
    assert_eq!(view.content.get().as_bytes(), serde_json::to_vec(&record).unwrap());
    assert_eq!((view.class, view.delivery), (Class::Message, None));
    assert!(view.thread.is_some());
    assert_eq!(view.media.len(), 1);
    assert_eq!((view.media[0].id, view.media[0].matches), (medium, Some(true)));
    assert_eq!(view.media[0].entry, archive.place_of(medium).get());

    let taken = archive.query.medium(&reader(), id, medium).await.unwrap();
    assert_eq!(taken.bytes.as_slice(), b"%PDF-1.7 passport");
    assert_eq!((taken.mime, taken.file_name.as_str()), ("application/pdf", "scan.pdf"));
}

#[tokio::test]
async fn a_delivery_and_a_medium_have_contents_of_their_own_form() {
    let archive = Archive::new();
    let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    let delivery = archive.deliver(body).await;
    let view = archive.query.record(&reader(), delivery).await.unwrap();
    let content: view::DeliveryContent = serde_json::from_str(view.content.get()).unwrap();
    assert_eq!((content.size, content.signature.as_str()), (body.len(), "sha256=00"));
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_STANDARD.decode(content.body_base64).unwrap();
    assert_eq!(bytes, body.as_bytes());

    let message = archive.keep(&message(1, "wamid.A", "x")).await;
    let medium = archive.attach(message, b"abc").await;
    let view = archive.query.record(&reader(), medium).await.unwrap();
    let content: view::MediumContent = serde_json::from_str(view.content.get()).unwrap();
    assert_eq!(content.size, 3);
    assert!(content.sha256.starts_with("ba7816bf"), "{}", content.sha256);
}

#[tokio::test]
async fn a_medium_is_given_out_only_under_its_own_record() {
    let archive = Archive::new();
    let one = archive.keep(&message(1, "wamid.A", "x")).await;
    let other = archive.keep(&message(2, "wamid.B", "y")).await;
    let medium = archive.attach(one, b"abc").await;
    let refused = archive.query.medium(&reader(), other, medium).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)), "{refused}");
    let refused = archive.query.medium(&reader(), one, other).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)), "{refused}");
    assert!(archive.accesses().is_empty());
}

#[tokio::test]
async fn limits_and_bad_questions_are_refused_without_an_access() {
    let archive = Archive::new();
    archive.indexed().await;
    let limit_max = archive.query.config().hits_max;
    for limit in [0, limit_max + 1] {
        let (query, order) = ("x".to_owned(), Order::Newest);
        let search = Search { query, order, limit: Some(limit), cursor: None };
        let refused = archive.query.search(&reader(), search).await.unwrap_err();
        assert!(matches!(refused, Error::Limit { .. }), "{refused}");
    }
    let (query, order) = ("x".to_owned(), Order::Newest);
    let search = Search { query, order, limit: None, cursor: Some("nonsense".into()) };
    let refused = archive.query.search(&reader(), search).await.unwrap_err();
    assert!(matches!(refused, Error::BadCursor), "{refused}");
    let refused = archive.search("(unclosed").await.unwrap_err();
    let Error::BadQuery(bad) = &refused else { panic!("{refused}") };
    assert!(bad.at <= 9 && !bad.advice.is_empty());
    let long = "x".repeat(archive.query.config().query_bytes_max + 1);
    let refused = archive.search(&long).await.unwrap_err();
    assert!(matches!(refused, Error::QueryTooLong { .. }), "{refused}");
    let nothing = RecordId::from_bytes([1; 16]);
    let refused = archive.query.record(&reader(), nothing).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound("record")), "{refused}");
    let refused = archive.thread("00".repeat(16).parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound("thread")), "{refused}");
    assert!(archive.accesses().is_empty());
}

#[tokio::test]
async fn a_receipt_proves_the_entry_that_is_given_out() {
    let archive = Archive::new();
    let id = archive.keep(&message(1, "wamid.A", "hello")).await;
    archive.signed().await;
    let leaf = archive.query.entry(id).await.unwrap();
    let receipt = archive.query.receipt(id).await.unwrap().unwrap();
    let receipt: crate::tlog::receipt::Receipt = receipt.parse().unwrap();
    let key = archive.log.verifier_key();
    receipt.verify(&leaf, key, fixtures::ORIGIN).unwrap();
    assert!(receipt.verify(b"{}", key, fixtures::ORIGIN).is_err());
    assert!(archive.accesses().is_empty(), "a proof is no access");
}
