//! Data subjects of a real archive: found, and given what is theirs.

mod package;

use std::future::poll_fn;

use serde_json::json;

use super::*;
use crate::disposition::DispositionConfig;
use crate::entry::Act;
use crate::entry::Event;
use crate::projection::subjects::{Identifier, IdentifierKind};
use crate::query::Access;
use crate::query::fixtures::{Archive, PHONE, message, reader};
use crate::record::{Class, Party, Record, RecordId};

pub(super) const NEW_PHONE: &str = "4915550100779";
pub(super) const OTHER: &str = "4915550100888";

/// The data subjects of an archive, once it is indexed.
pub(super) async fn subject_of(archive: &Archive) -> Subject {
    archive.indexed().await;
    let (log, keyring, index) =
        (archive.log.clone(), Arc::clone(&archive.keyring), archive.index.clone());
    let (govern, clock) = (archive.govern.clone(), archive.clock.clone());
    let config = DispositionConfig::default();
    let disposition = Disposition::new(
        log.clone(),
        keyring,
        index.clone(),
        govern.clone(),
        clock.clone(),
        config,
    );
    Subject::new(log, index, archive.query.clone(), govern, disposition, clock)
}

/// Who answers data subjects.
pub(super) fn officer() -> Access {
    Access { sees_restricted: true, ..reader() }
}

/// A message of somebody, known by these.
pub(super) fn said(at: i64, text: &str, phone: Option<&str>, user_id: Option<&str>) -> Record {
    let mut record = message(at, &format!("wamid.{at}"), text);
    record.from = Some(Party {
        phone: phone.map(str::to_owned),
        user_id: user_id.map(str::to_owned),
        ..Party::default()
    });
    record
}

/// A notice that somebody has another number, as the provider tells it.
pub(super) fn moved(at: i64, from: &str, to: &str) -> Record {
    let mut record = said(at, "changed", Some(from), None);
    record.class = Class::Contact;
    record.body.kind = "user_changed_number".to_owned();
    record.body.mentions = vec![Party { phone: Some(to.to_owned()), ..Party::default() }];
    record
}

fn asked(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn values(found: &Identified) -> Vec<(&str, u64)> {
    let mut values: Vec<_> =
        found.identifiers.iter().map(|it| (it.value.as_str(), it.records)).collect();
    values.sort_unstable();
    values
}

/// Everything that comes of a package.
pub(super) async fn taken(mut package: Package) -> Vec<u8> {
    let mut bytes = vec![];
    while let Some(piece) = poll_fn(|context| package.poll(context)).await {
        bytes.extend(piece.unwrap());
    }
    bytes
}

#[tokio::test]
async fn somebody_is_found_over_a_new_number_and_new_ids_by_any_spelling() {
    let archive = Archive::new();
    archive.keep(&said(1, "hello", Some(PHONE), None)).await;
    archive.keep(&said(2, "hello again", Some(PHONE), Some("DE.1"))).await;
    let notice = archive.keep(&moved(3, PHONE, NEW_PHONE)).await;
    archive.keep(&said(4, "new number", Some(NEW_PHONE), None)).await;
    archive.keep(&said(5, "somebody else", Some(OTHER), Some("DE.2"))).await;
    let subject = subject_of(&archive).await;
    for name in ["+49 1555 0100-777", NEW_PHONE, "de.1"] {
        let found = subject.identify(&officer(), &asked(&[name])).await.unwrap();
        let values: Vec<_> =
            values(&found).into_iter().map(|(value, _)| value.to_lowercase()).collect();
        assert_eq!(values, [PHONE, NEW_PHONE, "de.1"], "{name}");
        assert_eq!((&found.conflicts, &found.unread), (&vec![], &vec![]));
    }
    let found = subject.identify(&officer(), &asked(&[PHONE])).await.unwrap();
    assert_eq!(values(&found), [(PHONE, 3), (NEW_PHONE, 2), ("DE.1", 1)]);
    let by = |value: &str| found.identifiers.iter().find(|it| it.value == value).unwrap();
    assert_eq!((by(NEW_PHONE).by, by(NEW_PHONE).how), (Some(notice), Some(How::Changed)));
    assert_eq!(
        (by(PHONE).by, by(PHONE).first),
        (None, Some("2026-09-21T14:13:21Z".parse().unwrap()))
    );
    assert_eq!(by(PHONE).last, Some("2026-09-21T14:13:23Z".parse().unwrap()));
    let nobody = subject.identify(&officer(), &asked(&["DE.77"])).await.unwrap();
    assert_eq!(values(&nobody), [("DE.77", 0)]);
}

#[tokio::test]
async fn who_is_looked_for_is_written_down_before_anything_is_opened() {
    let archive = Archive::new();
    let mine = archive.keep(&said(1, "hello", Some(PHONE), None)).await;
    let others = archive.keep(&said(2, "hello", Some(OTHER), None)).await;
    let subject = subject_of(&archive).await;
    subject.identify(&officer(), &asked(&[PHONE])).await.unwrap();
    subject.identify(&officer(), &asked(&["DE.77"])).await.unwrap();
    let accesses = archive.accesses();
    let [first, nobody] = accesses.as_slice() else { panic!("{accesses:?}") };
    assert!(matches!(first.0.event, Event::Accessed { act: Act::Report, target: None, .. }));
    assert_eq!((&first.1["act"], &first.1["of"]), (&json!("report"), &json!("identify")));
    assert_eq!((&first.1["subject"], &first.1["shown"]), (&json!([PHONE]), &json!([mine])));
    assert_eq!(first.1["reason"], "matter 12");
    assert_eq!(nobody.1["shown"], json!([]));
    assert!(!accesses.iter().any(|(_, told)| told.to_string().contains(&others.to_string())));

    archive.log.poison_it("the disk is full");
    let refused = subject.identify(&officer(), &asked(&[PHONE])).await.unwrap_err();
    assert!(matches!(refused, Error::Query(_)), "{refused}");
}

#[tokio::test]
async fn a_number_of_two_people_is_for_a_person_to_decide() {
    let archive = Archive::new();
    archive.keep(&said(1, "first", Some(PHONE), Some("DE.1"))).await;
    archive.keep(&said(2, "second", Some(PHONE), Some("DE.2"))).await;
    let subject = subject_of(&archive).await;
    let refused = subject.settle(&officer(), &asked(&[PHONE]), false).await.unwrap_err();
    let Error::Conflict(found) = refused else { panic!("{refused}") };
    assert_eq!(found.conflicts[0].identifier.value, PHONE);
    assert_eq!(found.conflicts[0].groups.len(), 2);
    let exact = subject.settle(&officer(), &asked(&[PHONE, "DE.1"]), true).await.unwrap();
    let kinds: Vec<_> = exact.identifiers().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [IdentifierKind::UserId, IdentifierKind::Phone]);
}

#[tokio::test]
async fn a_user_name_alone_settles_nobody_whom_records_know_better() {
    let archive = Archive::new();
    let mut named = said(1, "hello", Some(PHONE), Some("DE.1"));
    named.from.as_mut().unwrap().username = Some("mira".to_owned());
    archive.keep(&named).await;
    let subject = subject_of(&archive).await;
    let found = subject.identify(&officer(), &asked(&["@Mira"])).await.unwrap();
    let beside: Vec<_> = found.beside.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(beside, ["DE.1", PHONE]);
    let refused = subject.settle(&officer(), &asked(&["@mira"]), false).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict(_)), "{refused}");
    // By the id the name is known, and is not what a record is theirs by.
    let settled = subject.settle(&officer(), &asked(&["DE.1"]), false).await.unwrap();
    let id = |kind, value: &str| Identifier { kind, value: value.to_owned() };
    let expected = [id(IdentifierKind::UserId, "DE.1"), id(IdentifierKind::Phone, PHONE)];
    assert_eq!(settled.identifiers(), expected);
}

#[tokio::test]
async fn a_record_that_does_not_open_hides_none_that_does() {
    let archive = Archive::new();
    let damaged = archive.keep(&said(1, "a", Some(PHONE), Some("DE.1"))).await;
    archive.keep(&said(2, "b", Some(PHONE), Some("DE.1"))).await;
    let lonely = archive.keep(&moved(3, PHONE, NEW_PHONE)).await;
    let subject = subject_of(&archive).await;
    archive.damage(damaged);
    archive.damage(lonely);
    let found = subject.identify(&officer(), &asked(&[PHONE])).await.unwrap();
    assert_eq!(values(&found).len(), 2, "{found:?}");
    assert_eq!(found.unread, [archive.place_of(lonely).get()]);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused_before_anything_is_written() {
    let archive = Archive::new();
    let subject = subject_of(&archive).await;
    let many: Vec<String> = (0..201).map(|number| format!("DE.{number}")).collect();
    for names in [vec![], asked(&["01555 0100777"]), asked(&[" "]), many] {
        let refused = subject.identify(&officer(), &names).await.unwrap_err();
        assert!(matches!(refused, Error::BadIdentifier(_)), "{refused}");
    }
    assert!(archive.accesses().is_empty());
}

#[tokio::test]
async fn so_many_packages_and_no_more_are_made_at_once_and_one_that_is_left_makes_room() {
    let archive = Archive::new();
    // More than fits between who writes and who reads.
    let file =
        crate::query::fixtures::with_file("a.bin", "video/mp4", said(1, "x", Some(PHONE), None));
    let record = archive.keep(&file).await;
    let mut noise = vec![0; 4 << 20];
    getrandom::fill(&mut noise).unwrap();
    archive.attach(record, &noise).await;
    let subject = subject_of(&archive).await;
    let opener = crate::seal::ParcelOpener::new();
    let asking = || Reporting {
        identifiers: asked(&[PHONE]),
        exact: false,
        recipient: opener.recipient(),
        request: None,
    };
    let first = subject.report(&officer(), asking()).await.unwrap();
    let second = subject.report(&officer(), asking()).await.unwrap();
    let refused = subject.report(&officer(), asking()).await.unwrap_err();
    assert!(matches!(refused, Error::Busy), "{refused}");
    drop(first);
    for _ in 0..500 {
        if subject.0.places.available_permits() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let third = subject.report(&officer(), asking()).await.unwrap();
    for package in [second, third] {
        assert!(opener.open(&taken(package).await).is_some());
    }
}

#[tokio::test]
async fn a_request_that_is_none_or_a_recipient_that_is_none_is_refused() {
    let archive = Archive::new();
    let subject = subject_of(&archive).await;
    let opener = crate::seal::ParcelOpener::new();
    let asking = |recipient: String, request| Reporting {
        identifiers: asked(&[PHONE]),
        exact: false,
        recipient,
        request,
    };
    let refused = subject.report(&officer(), asking("age1x".to_owned(), None)).await.unwrap_err();
    assert!(matches!(refused, Error::BadRecipient(_)), "{refused}");
    let none = Some(RecordId::from_bytes([9; 16]));
    let refused = subject.report(&officer(), asking(opener.recipient(), none)).await.unwrap_err();
    assert!(matches!(refused, Error::NoRequest(_)), "{refused}");
    assert!(archive.accesses().is_empty());
}
