//! A conversation: the original and what came later, side by side.

use super::*;

/// A message, its edit, a reaction, a status of the answer, and a revocation.
async fn told(archive: &Archive) -> Vec<RecordId> {
    let reaction = {
        let mut record = about(RelationKind::ReactsTo, "wamid.A", message(3, "wamid.C", "👍"));
        record.body.kind = "reaction".into();
        record
    };
    let mut kept = vec![];
    for record in [
        message(1, "wamid.A", "I owe 500"),
        about(RelationKind::Edits, "wamid.A", message(2, "wamid.B", "I owe 5000")),
        reaction,
        message(4, "wamid.D", "never mind"),
        about(RelationKind::Revokes, "wamid.D", message(5, "wamid.E", "")),
    ] {
        kept.push(archive.keep(&record).await);
    }
    archive.indexed().await;
    kept
}

#[tokio::test]
async fn what_came_later_stands_beside_the_original_and_hides_nothing() {
    let archive = Archive::new();
    let kept = told(&archive).await;
    let thread = archive.search("owe").await.unwrap().hits[0].thread.unwrap();
    let read = archive.thread(thread).await.unwrap();
    assert_eq!((read.total, read.next.as_deref()), (5, None));
    let records: Vec<_> = read.records.iter().map(|record| record.record).collect();
    assert_eq!(records, kept);

    let original = &read.records[0];
    assert_eq!(original.text.as_deref(), Some("I owe 500"));
    let later: Vec<_> = original
        .later
        .iter()
        .map(|later| (later.record, later.relation, later.text.as_deref()))
        .collect();
    assert_eq!(
        later,
        [
            (kept[1], Some(RelationKind::Edits), Some("I owe 5000")),
            (kept[2], Some(RelationKind::ReactsTo), Some("👍")),
        ]
    );
    let revoked = &read.records[3];
    assert_eq!(revoked.text.as_deref(), Some("never mind"));
    assert_eq!(revoked.later[0].relation, Some(RelationKind::Revokes));
    assert_eq!(read.records[1].relation.as_ref().unwrap().provider_id, "wamid.A");
}

#[tokio::test]
async fn one_record_is_shown_with_what_came_later_up_to_a_limit() {
    let archive = Archive::with(QueryConfig { later_max: 1, ..QueryConfig::default() });
    let kept = told(&archive).await;
    let view = archive.query.record(&reader(), kept[0]).await.unwrap();
    assert_eq!(view.later.len(), 1);
    assert_eq!(view.later[0].record, kept[1]);
    assert_eq!(view.later_more, 1);
}

#[tokio::test]
async fn a_status_is_not_shown_as_later_than_itself() {
    let archive = Archive::new();
    let mut sent = message(1, "wamid.A", "your statement");
    sent.direction = Some(crate::record::Direction::Outbound);
    std::mem::swap(&mut sent.from, &mut sent.to);
    let mut status = about(RelationKind::Reports, "wamid.A", sent.clone());
    status.class = Class::Status;
    status.body.kind = "read".into();
    status.body.text = None;
    let sent = archive.keep(&sent).await;
    let status = archive.keep(&status).await;
    archive.indexed().await;
    let view = archive.query.record(&reader(), sent).await.unwrap();
    assert_eq!(view.later.len(), 1);
    assert_eq!((view.later[0].record, view.later[0].kind.as_deref()), (status, Some("read")));
    let view = archive.query.record(&reader(), status).await.unwrap();
    assert!(view.later.is_empty());
}

#[tokio::test]
async fn a_conversation_is_read_page_by_page_in_both_orders() {
    let archive = Archive::new();
    let kept = told(&archive).await;
    let thread = archive.search("owe").await.unwrap().hits[0].thread.unwrap();
    for order in [Order::Oldest, Order::Newest] {
        let mut seen = vec![];
        let mut cursor = None;
        loop {
            let page = ThreadPage { order, limit: Some(2), cursor };
            let read = archive.query.thread(&reader(), thread, page).await.unwrap();
            seen.extend(read.records.iter().map(|record| record.record));
            cursor = read.next;
            if cursor.is_none() {
                break;
            }
        }
        if order == Order::Newest {
            seen.reverse();
        }
        assert_eq!(seen, kept);
    }
}

#[tokio::test]
async fn the_parties_of_a_page_are_told_once_each() {
    let archive = Archive::new();
    told(&archive).await;
    let thread = archive.search("owe").await.unwrap().hits[0].thread.unwrap();
    let read = archive.thread(thread).await.unwrap();
    let names: Vec<_> = read.parties.iter().filter_map(|party| party.name.as_deref()).collect();
    assert_eq!(names, ["Noor Customer", "Halyard Bank"]);
}
