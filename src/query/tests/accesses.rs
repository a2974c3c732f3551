//! Whoever reads is written down first.

use super::*;

#[tokio::test]
async fn every_opening_is_followed_by_its_access_and_nothing_else() {
    let archive = Archive::new();
    let record = with_file("a.png", "image/png", message(1, "wamid.A", "the canary sings"));
    let id = archive.keep(&record).await;
    let medium = archive.attach(id, b"png").await;
    archive.indexed().await;
    let before = archive.log.size().get();

    let found = archive.search("canary").await.unwrap();
    let thread = found.hits[0].thread.unwrap();
    archive.query.record(&reader(), id).await.unwrap();
    archive.query.medium(&reader(), id, medium).await.unwrap();
    archive.thread(thread).await.unwrap();

    assert_eq!(archive.log.size().get(), before + 4);
    let accesses = archive.accesses();
    let acts: Vec<_> = accesses
        .iter()
        .map(|(entry, _)| {
            let Event::Accessed { who, act, target, kept } = &entry.event else {
                panic!("{entry:?}")
            };
            assert_eq!((who.as_str(), kept.class), ("00112233aabbccdd", Class::Access));
            (*act, *target)
        })
        .collect();
    assert_eq!(
        acts,
        [
            (Act::Search, None),
            (Act::Read, Some(id)),
            (Act::ReadMedium, Some(medium)),
            (Act::ReadThread, None),
        ]
    );
    for (_, told) in &accesses {
        assert_eq!(told["name"], "Dana Officer");
        assert_eq!(told["reason"], "matter 12");
        assert_eq!((&told["v"], &told["class"]), (&1.into(), &"access".into()));
    }
    let [search, read, taken, read_thread] = &accesses[..] else { panic!("{accesses:?}") };
    assert_eq!(search.1["query"], "canary");
    assert_eq!((&search.1["results"], &search.1["order"]), (&1.into(), &"oldest".into()));
    assert_eq!(search.1["shown"], serde_json::json!([id]));
    assert_eq!(read.1["record"], id.to_string());
    assert_eq!(taken.1["medium"], medium.to_string());
    assert_eq!(read_thread.1["thread"], thread.to_string());
    assert_eq!(read_thread.1["shown"], serde_json::json!([id]));
    let counts = archive.query.counts();
    for counter in [&counts.searches, &counts.records, &counts.threads, &counts.media] {
        assert_eq!(counter.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_access_too() {
    let archive = Archive::new();
    archive.keep(&message(1, "wamid.A", "hello")).await;
    archive.indexed().await;
    assert_eq!(archive.search("merger").await.unwrap().total, 0);
    let accesses = archive.accesses();
    assert_eq!(accesses.len(), 1);
    assert_eq!((&accesses[0].1["query"], &accesses[0].1["results"]), (&"merger".into(), &0.into()));
}

#[tokio::test]
async fn no_leaf_tells_who_asked_what() {
    let archive = Archive::new();
    let id = archive.keep(&message(1, "wamid.CANARY", "the canary sings")).await;
    archive.indexed().await;
    let found = archive.search("canary").await.unwrap();
    archive.query.record(&reader(), id).await.unwrap();
    archive.thread(found.hits[0].thread.unwrap()).await.unwrap();
    for leaf in archive.log.store().leaves_from(LeafIndex::new(0)) {
        let leaf = String::from_utf8(leaf.unwrap().1.to_vec()).unwrap();
        for told in ["canary", "CANARY", "sings", PHONE, "Dana", "matter 12", "Noor"] {
            assert!(!leaf.contains(told), "{told} stands in {leaf}");
        }
    }
}

#[tokio::test]
async fn where_a_reason_is_wanted_nobody_reads_without_one() {
    let config = QueryConfig { reason_required: true, reason_bytes_max: 20, ..Default::default() };
    let archive = Archive::with(config);
    let id = archive.keep(&message(1, "wamid.A", "hello")).await;
    let with = |reason: Option<&str>| Access { reason: reason.map(str::to_owned), ..reader() };
    for reason in [None, Some(""), Some("  ")] {
        let refused = archive.query.record(&with(reason), id).await.unwrap_err();
        assert!(matches!(refused, Error::ReasonMissing), "{refused}");
    }
    let long = "x".repeat(21);
    let refused = archive.query.record(&with(Some(&long)), id).await.unwrap_err();
    assert!(matches!(refused, Error::ReasonTooLong { bytes: 21, .. }), "{refused}");
    assert!(archive.accesses().is_empty());
    archive.query.record(&with(Some("audit")), id).await.unwrap();
    assert_eq!(archive.accesses().len(), 1);
}

#[tokio::test]
async fn an_access_can_itself_be_read_and_that_is_an_access() {
    let archive = Archive::new();
    let id = archive.keep(&message(1, "wamid.A", "hello")).await;
    archive.query.record(&reader(), id).await.unwrap();
    let (entry, told) = archive.accesses().remove(0);
    let access = entry.kept().unwrap().record;
    let view = archive.query.record(&reader(), access).await.unwrap();
    assert_eq!(view.class, Class::Access);
    assert_eq!(serde_json::from_str::<serde_json::Value>(view.content.get()).unwrap(), told);
    assert_eq!(archive.accesses().len(), 2);
}

#[tokio::test]
async fn an_archive_that_cannot_write_down_who_reads_lets_nobody_read() {
    let archive = Archive::new();
    let record = archive.keep(&message(1, "wamid.A", "hello")).await;
    let medium = archive.attach(record, b"png").await;
    archive.indexed().await;
    let thread = archive.index.thread_of(record).unwrap().unwrap();
    archive.log.poison_it("the disk is full");
    let refused = [
        archive.search("hello").await.map(drop),
        archive.query.record(&reader(), record).await.map(drop),
        archive.query.medium(&reader(), record, medium).await.map(drop),
        archive.thread(thread).await.map(drop),
    ];
    for refused in refused {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, Error::Log(crate::log::Error::Poisoned(_))), "{refused}");
    }
    archive.query.entry(record).await.unwrap();
}
