use super::fixtures::{Archive, SECRET, delivery, keep, sign, text_delivery, text_message};
use super::meta::signature::{self, AppSecret, SignedForm};
use super::*;

fn capture(archive: &Archive) -> Capture {
    archive.capture(CaptureConfig::default())
}

#[tokio::test]
async fn exact_bytes_and_signature_are_kept_and_can_be_checked_again() {
    let archive = Archive::new();
    let body = "{ \"entry\" : [], \"n\": 1.50, \"t\": \"\\u00e4\\/ ä\" }\n\r\n".as_bytes();
    assert_eq!(keep(&capture(&archive), body).await.unwrap(), Outcome::Kept(1));

    let plaintext = archive.opened(Class::Delivery).remove(0);
    let end = plaintext.iter().position(|byte| *byte == b'\n').unwrap();
    let (line, kept) = (&plaintext[..end], &plaintext[end + 1..]);
    assert_eq!(kept, body);
    let line: serde_json::Value = serde_json::from_slice(line).unwrap();
    assert_eq!(line["received"], "2026-11-21T08:00:00.000000Z");
    assert_eq!(line["size"], body.len());
    let secrets = [AppSecret::new(SECRET).unwrap()];
    let checked = signature::authentic(line["signature"].as_str(), kept, &secrets);
    assert_eq!(checked, Ok(SignedForm::Raw));
}

#[tokio::test]
async fn records_name_the_delivery_they_came_in() {
    let archive = Archive::new();
    let body = delivery(&[text_message("w1", "one"), text_message("w2", "two")]);
    assert_eq!(keep(&capture(&archive), &body).await.unwrap(), Outcome::Kept(3));
    let deliveries = archive.captured(Class::Delivery);
    let [(_, lead, None)] = deliveries.as_slice() else { panic!("{deliveries:?}") };
    for (_, kept, delivery) in archive.captured(Class::Message) {
        assert_eq!(delivery, Some(lead.record));
        assert_eq!(kept.bucket, "message-2026-11");
    }
    let texts: Vec<_> =
        archive.records(Class::Message).into_iter().map(|one| one.body.text.unwrap()).collect();
    assert_eq!(texts, ["one", "two"]);
}

#[tokio::test]
async fn a_repeated_delivery_adds_nothing_not_even_after_a_restart() {
    let archive = Archive::new();
    for body in [text_delivery("w1", "one"), b"no JSON".to_vec(), br#"{"entry":[]}"#.to_vec()] {
        assert!(matches!(keep(&capture(&archive), &body).await.unwrap(), Outcome::Kept(_)));
        let size = archive.log().size();
        for _ in 0..2 {
            // A new handle knows only what is on disk.
            assert_eq!(keep(&capture(&archive), &body).await.unwrap(), Outcome::Duplicate);
        }
        assert_eq!(archive.log().size(), size);
    }
}

#[tokio::test]
async fn what_stands_twice_in_one_delivery_is_kept_once() {
    let archive = Archive::new();
    let twice = [text_message("w1", "one"), text_message("w1", "one"), text_message("w2", "one")];
    assert_eq!(keep(&capture(&archive), &delivery(&twice)).await.unwrap(), Outcome::Kept(3));
    assert_eq!(archive.captured(Class::Message).len(), 2);
}

#[tokio::test]
async fn a_regrouped_batch_adds_only_what_is_new() {
    let archive = Archive::new();
    let capture = capture(&archive);
    keep(&capture, &text_delivery("w1", "ä/")).await.unwrap();
    keep(&capture, &text_delivery("w2", "two")).await.unwrap();
    let size = archive.log().size();

    let escaped = text_message("w1", "?").replace('?', "\\u00e4\\/");
    let known = delivery(&[text_message("w2", "two"), escaped.clone()]);
    assert_eq!(keep(&capture, &known).await.unwrap(), Outcome::Duplicate);
    assert_eq!(archive.log().size(), size);

    let more = delivery(&[escaped, text_message("w3", "three"), text_message("w2", "two")]);
    assert_eq!(keep(&capture, &more).await.unwrap(), Outcome::Kept(2));
    assert_eq!(archive.captured(Class::Message).len(), 3);
    assert_eq!(archive.captured(Class::Delivery).len(), 3);
    let counts = capture.counts();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert_eq!((read(&counts.kept), read(&counts.duplicate)), (3, 1));
    assert_eq!(read(&counts.records), 6);
}

#[tokio::test]
async fn an_authentic_body_that_is_no_json_is_an_unrecognised_record() {
    let archive = Archive::new();
    let capture = capture(&archive);
    assert_eq!(keep(&capture, b"\xff{").await.unwrap(), Outcome::Kept(2));
    let record = archive.records(Class::Unrecognised).remove(0);
    assert_eq!(record.raw.get(), r#"{"bytes_base64":"/3s="}"#);
    assert_eq!(capture.counts().unrecognised.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_delivery_many_times_at_once_is_kept_once() {
    let archive = Archive::new();
    let capture = capture(&archive);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let capture = capture.clone();
            tokio::spawn(async move { keep(&capture, &text_delivery("w1", "one")).await.unwrap() })
        })
        .collect();
    let mut kept = vec![];
    for task in tasks {
        kept.extend(Some(task.await.unwrap()).filter(|outcome| *outcome != Outcome::Duplicate));
    }
    assert_eq!(kept, [Outcome::Kept(2)]);
    assert_eq!(archive.captured(Class::Message).len(), 1);
    assert_eq!(archive.captured(Class::Delivery).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_goes_on_when_the_provider_hangs_up() {
    let archive = Archive::new();
    let capture = capture(&archive);
    let body = text_delivery("w1", "one");
    let delivery = Delivery { signature: sign(SECRET, &body), body };
    let mut grown = archive.log().follow();
    let mut keeping = Box::pin(capture.keep(delivery, capture.hold()));
    // Once begun, it is dropped.
    tokio::select! { biased; _ = &mut keeping => {}, () = std::future::ready(()) => {} }
    drop(keeping);
    grown.wait_for(|size| size.get() == 3).await.unwrap();
    assert_eq!(archive.captured(Class::Message).len(), 1);
}

#[tokio::test]
async fn more_deliveries_than_places_are_sent_away_and_welcome_again() {
    let archive = Archive::new();
    let capture = archive.capture(CaptureConfig {
        deliveries_in_work_max: 1,
        wait_ms_max: 1,
        ..CaptureConfig::default()
    });
    let place = capture.0.places.acquire().await.unwrap();
    let refused = keep(&capture, &text_delivery("w1", "one")).await;
    assert!(matches!(refused, Err(Error::Busy | Error::Slow)), "{refused:?}");
    drop(place);
    // The provider asks again until it is answered 200.
    while keep(&capture, &text_delivery("w1", "one")).await.is_err() {}
    assert_eq!(archive.captured(Class::Message).len(), 1);
    // What went on in the background ends before the archive does.
    while Arc::strong_count(&capture.0) > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(capture.0.places.available_permits(), 1);
}

#[tokio::test]
async fn a_message_with_a_medium_is_put_on_the_queue_and_no_other() {
    let archive = Archive::new();
    let image = r#"{"from":"4915550100777","id":"w2","type":"image","image":{"id":"3099000001"}}"#;
    let body = delivery(&[text_message("w1", "one"), image.to_owned()]);
    keep(&capture(&archive), &body).await.unwrap();
    let tasks: Vec<_> =
        archive.log().media_tasks_from(crate::tlog::LeafIndex::FIRST).map(Result::unwrap).collect();
    let [(index, row)] = tasks.as_slice() else { panic!("{tasks:?}") };
    assert_eq!(archive.captured(Class::Message)[1].0, *index);
    assert_eq!(media::Task::from_row(row), Some(media::Task::new(archive.clock.now())));
}
