//! Records whose use is restricted are hidden from who does not answer for them.

use super::*;
use crate::govern::Actor;
use crate::log::{Draft, Group};
use crate::projection::Act as Decision;
use crate::projection::subjects::{Ground, Identifier, Lifted, Restricted, SubjectAct};
use crate::record::Record;

fn actor() -> Actor {
    Actor { who: "00112233aabbccdd".to_owned(), name: "Petra Privacy".to_owned() }
}

async fn restrict(archive: &Archive, name: &str) -> RecordId {
    let identifiers = vec![Identifier::said(name).unwrap()];
    let (ground, reason) = (Ground::Accuracy, "disputed".to_owned());
    let restricted = Restricted { identifiers, ground, reason, request: None };
    let act = Decision::Subject(SubjectAct::Restricted(restricted));
    archive.govern.act(&actor(), act).await.unwrap().record
}

async fn lift(archive: &Archive, restriction: RecordId) {
    let (reason, informed) = ("settled".to_owned(), "letter".to_owned());
    let act = SubjectAct::Lifted(Lifted { restriction, reason, informed });
    archive.govern.act(&actor(), Decision::Subject(act)).await.unwrap();
}

/// Who may see it.
fn privacy() -> Access {
    Access { sees_restricted: true, ..reader() }
}

#[tokio::test]
async fn every_door_hides_it_and_says_by_which_decision() {
    let archive = Archive::new();
    let file = with_file("a.png", "image/png", message(1, "wamid.A", "the hidden heron"));
    let id = archive.keep(&file).await;
    let medium = archive.attach(id, b"png").await;
    archive.keep(&about(RelationKind::Edits, "wamid.A", message(2, "wamid.B", "the heron"))).await;
    archive.indexed().await;
    let thread = archive.index.thread_of(id).unwrap().unwrap();
    let by = restrict(&archive, PHONE).await;

    let found = archive.search("heron").await.unwrap();
    assert_eq!(found.total, 2);
    for hit in &found.hits {
        assert_eq!((hit.problem, hit.restriction), (Some(Problem::Restricted), Some(by)));
        assert!(hit.excerpt.is_empty() && hit.from.is_none() && hit.medium.is_none(), "{hit:?}");
    }
    let page = archive.thread(thread).await.unwrap();
    assert!(page.parties.is_empty(), "{page:?}");
    for record in &page.records {
        assert_eq!((record.problem, record.restriction), (Some(Problem::Restricted), Some(by)));
        assert!(record.text.is_none() && record.later.is_empty(), "{record:?}");
    }
    let refused = archive.query.record(&reader(), id).await.unwrap_err();
    assert!(matches!(refused, Error::Restricted { restriction, .. } if restriction == by));
    let refused = archive.query.medium(&reader(), id, medium).await.unwrap_err();
    assert!(matches!(refused, Error::Restricted { restriction, .. } if restriction == by));
    // Each attempt is written down as an opening is.
    assert_eq!(archive.accesses().len(), 4);

    let shown = archive.query.record(&privacy(), id).await.unwrap();
    assert!(shown.content.get().contains("the hidden heron"));
    assert_eq!(shown.later.len(), 1);
    assert_eq!(
        archive.query.medium(&privacy(), id, medium).await.unwrap().bytes.as_slice(),
        b"png"
    );

    lift(&archive, by).await;
    assert!(archive.query.record(&reader(), id).await.is_ok());
    assert!(archive.search("heron").await.unwrap().hits.iter().all(|hit| hit.problem.is_none()));
}

#[tokio::test]
async fn nobody_elses_records_are_hidden() {
    let archive = Archive::new();
    let mut other = message(1, "wamid.A", "the other heron");
    other.from.as_mut().unwrap().phone = Some("4915550100888".to_owned());
    let id = archive.keep(&other).await;
    archive.indexed().await;
    restrict(&archive, PHONE).await;
    assert!(archive.query.record(&reader(), id).await.is_ok());
    assert_eq!(archive.search("heron").await.unwrap().hits[0].problem, None);
}

/// A message of who is known by these.
fn of(at: i64, phone: &str, user_id: Option<&str>) -> Record {
    let mut record = message(at, &format!("wamid.{at}"), "heron");
    let from = record.from.as_mut().unwrap();
    (from.phone, from.user_id) = (Some(phone.to_owned()), user_id.map(str::to_owned));
    record
}

#[tokio::test]
async fn a_restriction_follows_its_person_to_a_user_id_and_a_number_that_come_later() {
    let archive = Archive::new();
    let by = restrict(&archive, PHONE).await;
    let mut hidden = vec![];
    for (at, phone, id) in
        [(1, PHONE, Some("DE.1")), (2, "4915550100888", Some("DE.1")), (3, "4915550100888", None)]
    {
        hidden.push(archive.keep(&of(at, phone, id)).await);
        archive.indexed().await;
        for id in &hidden {
            let refused = archive.query.record(&reader(), *id).await.unwrap_err();
            let is_by =
                matches!(refused, Error::Restricted { restriction, .. } if restriction == by);
            assert!(is_by, "{refused:?}");
        }
    }
    let other = archive.keep(&of(4, "4915550100999", Some("DE.2"))).await;
    archive.indexed().await;
    assert!(archive.query.record(&reader(), other).await.is_ok());
    let found = archive.search("heron").await.unwrap();
    let problems = found.hits.iter().map(|hit| hit.problem);
    let restricted = Some(Problem::Restricted);
    assert_eq!(problems.collect::<Vec<_>>(), [restricted, restricted, restricted, None]);
    lift(&archive, by).await;
    assert!(archive.query.record(&reader(), hidden[2]).await.is_ok());
}

#[tokio::test]
async fn who_was_known_and_is_not_listed_is_not_hidden_over_a_number_of_both() {
    let archive = Archive::new();
    let hers = archive.keep(&of(1, PHONE, Some("DE.1"))).await;
    let his = archive.keep(&of(2, PHONE, Some("DE.9"))).await;
    archive.indexed().await;
    restrict(&archive, "DE.1").await;
    let later = archive.keep(&of(3, PHONE, Some("DE.9"))).await;
    archive.indexed().await;
    for id in [his, later] {
        assert!(archive.query.record(&reader(), id).await.is_ok());
    }
    assert!(archive.query.record(&reader(), hers).await.is_err());
}

#[tokio::test]
async fn what_came_later_of_an_open_record_is_hidden_by_itself() {
    let archive = Archive::new();
    let mut first = message(1, "wamid.A", "in a group");
    first.group_id = Some("g1".to_owned());
    first.from.as_mut().unwrap().phone = Some("4915550100888".to_owned());
    let first = archive.keep(&first).await;
    let mut reply = message(2, "wamid.B", "the hidden heron");
    reply.group_id = Some("g1".to_owned());
    archive.keep(&about(RelationKind::RepliesTo, "wamid.A", reply)).await;
    archive.indexed().await;
    let by = restrict(&archive, PHONE).await;
    let shown = archive.query.record(&reader(), first).await.unwrap();
    let [later] = shown.later.as_slice() else { panic!("{shown:?}") };
    assert_eq!((later.problem, later.restriction), (Some(Problem::Restricted), Some(by)));
    assert!(later.text.is_none() && later.from.is_none());
}

#[tokio::test]
async fn a_delivery_that_brought_it_is_hidden_and_another_is_not() {
    let archive = Archive::new();
    let free = archive.deliver("{\"free\":1}").await;
    let delivery = archive.deliver("{\"hidden\":\"heron\"}").await;
    for (provider_id, phone) in [("wamid.A", "4915550100888"), ("wamid.B", PHONE)] {
        let mut record = message(1, provider_id, "hello");
        record.from.as_mut().unwrap().phone = Some(phone.to_owned());
        let plaintext = serde_json::to_vec(&record).unwrap();
        let sealed = archive.keyring.seal(Class::Message, archive.clock.now(), &plaintext).unwrap();
        archive.log.append(Group::of(Draft::captured(sealed, Some(delivery)))).await.unwrap();
    }
    archive.keep(&message(3, "wamid.C", "of no delivery")).await;
    let by = restrict(&archive, PHONE).await;
    let refused = archive.query.record(&reader(), delivery).await.unwrap_err();
    assert!(matches!(refused, Error::Restricted { restriction, .. } if restriction == by));
    assert!(archive.query.record(&reader(), free).await.is_ok());
    assert!(archive.query.record(&privacy(), delivery).await.is_ok());
}
