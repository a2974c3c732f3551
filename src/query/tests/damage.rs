//! What cannot be opened is named, never left out.

use super::*;

#[tokio::test]
async fn a_hit_that_cannot_be_opened_is_listed_with_its_problem() {
    let archive = Archive::new();
    let good = archive.keep(&message(1, "wamid.A", "blue heron")).await;
    let damaged = archive.keep(&message(2, "wamid.B", "blue whale")).await;
    let destroyed = archive.keep(&message(3, "wamid.C", "blue tit")).await;
    archive.indexed().await;
    archive.damage(damaged);
    archive.destroy(destroyed);

    let found = archive.search("blue").await.unwrap();
    let told: Vec<_> = found.hits.iter().map(|hit| (hit.record, hit.problem)).collect();
    assert_eq!(
        told,
        [(good, None), (damaged, Some(Problem::Damaged)), (destroyed, Some(Problem::Destroyed)),]
    );
    for hit in &found.hits[1..] {
        assert!(hit.excerpt.is_empty() && hit.from.is_none() && hit.kind.is_none());
        assert_eq!(hit.class, Some(Class::Message), "the leaf still tells the class");
    }
    assert_eq!(archive.query.counts().damaged.load(Ordering::Relaxed), 1);

    let thread = found.hits[0].thread.unwrap();
    let read = archive.thread(thread).await.unwrap();
    let problems: Vec<_> = read.records.iter().map(|record| record.problem).collect();
    assert_eq!(problems, [None, Some(Problem::Damaged), Some(Problem::Destroyed)]);
}

#[tokio::test]
async fn destroyed_and_damaged_are_told_apart_and_both_attempts_written_down() {
    let archive = Archive::new();
    let damaged = archive.keep(&message(1, "wamid.A", "one")).await;
    let destroyed = archive.keep(&message(2, "wamid.B", "two")).await;
    archive.damage(damaged);
    archive.destroy(destroyed);

    let refused = archive.query.record(&reader(), damaged).await.unwrap_err();
    let Error::Damaged { entry, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*entry, archive.place_of(damaged));
    let refused = archive.query.record(&reader(), destroyed).await.unwrap_err();
    let Error::Destroyed { record, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*record, destroyed);
    assert_eq!(archive.accesses().len(), 2);
}

#[tokio::test]
async fn a_record_under_anothers_id_is_damage() {
    let archive = Archive::new();
    let one = archive.keep(&message(1, "wamid.A", "one")).await;
    let other = archive.keep(&message(2, "wamid.B", "two")).await;
    let family = crate::store::rows::Family::Ids;
    let place = crate::store::rows::index_key(archive.place_of(other));
    archive.log.store().put_raw(family, one.as_bytes(), &place);
    let refused = archive.query.record(&reader(), one).await.unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn a_medium_outlives_its_destroyed_record_without_its_name() {
    let archive = Archive::new();
    let record = with_file("secret.png", "image/png", message(1, "wamid.A", "x"));
    let id = archive.keep(&record).await;
    let medium = archive.attach(id, b"png").await;
    archive.destroy(id);
    let taken = archive.query.medium(&reader(), id, medium).await.unwrap();
    assert_eq!(taken.mime, "application/octet-stream");
    assert_eq!(taken.file_name, format!("{medium}.bin"));
    archive.damage(medium);
    let refused = archive.query.medium(&reader(), id, medium).await.unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn no_error_quotes_the_content() {
    let archive = Archive::new();
    let odd = br#"{"class":"canary","v":"canary"}"#;
    let (id, _) = archive.keep_bytes(Class::Message, odd).await;
    let refused = archive.query.record(&reader(), id).await.unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused}");
    assert!(!format!("{refused:?} {refused}").contains("canary"));
}
