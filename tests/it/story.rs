//! The whole story of the demonstration, from the first delivery to `verify`.

#[path = "../../examples/demo/story.rs"]
mod told;

use std::collections::BTreeMap;

use muniment::entry::Event;
use muniment::tlog::LeafIndex;
use muniment::tlog::note::VerifierKey;
use muniment::tlog::receipt::Receipt;
use serde_json::Value;

use crate::support::{Asker, Daemon, Graph, House, ORIGIN, Served, until};

const GRAPH_TOKEN: &str = "EAAGstandin5571";

#[test]
fn the_whole_story_is_kept_found_read_and_verified() {
    let story = told::story();
    // The first link to a voice note has expired when it is used.
    let served = story.media.iter().map(|medium| Served {
        id: medium.id.to_owned(),
        mime: medium.mime.to_owned(),
        bytes: medium.bytes.to_vec(),
        dead_links: usize::from(medium.name == "voice"),
    });
    let graph = Graph::serving(GRAPH_TOKEN, served.collect());
    let house = house_of(&graph);
    let daemon = house.serve();
    deliver_all(&story, &daemon);
    until("every medium is fetched", || {
        let waits =
            house.read(|store| Some(store.media_tasks_from(LeafIndex::FIRST).next().is_some()));
        (!waits).then_some(())
    });
    assert_eq!(graph.downloads(), story.media.len(), "each file is fetched once");
    let voice = story.media.iter().find(|medium| medium.name == "voice").unwrap();
    assert_eq!(graph.look_ups(voice.id), 2, "a link that has expired is looked up anew");
    compare_counts(&story, &house);

    let officer = house.token("officer");
    let asker = daemon.api.with_token(&officer);
    find_each_labelled_message(&story, &house, &daemon, &officer);
    read_a_conversation(&house, &daemon, &officer);
    take_the_media(&story, &house, &daemon, &officer);
    check_receipts_offline(&house, &asker);
    drop(asker);
    daemon.stop();

    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
}

fn house_of(graph: &Graph) -> House {
    let mut house = House::new();
    // The old secret and the new one, as while a secret is rotated.
    house.set("MUNIMENT_META_APP_SECRETS", &format!("{},{}", "0".repeat(31), told::APP_SECRET));
    house.set("MUNIMENT_MEDIA__ENABLED", "true");
    house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
    house.set("MUNIMENT_MEDIA_TOKEN", GRAPH_TOKEN);
    house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MIN", "10");
    house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MAX", "100");
    house
}

fn deliver_all(story: &told::Story, daemon: &Daemon) {
    for delivery in &story.deliveries {
        let answer = daemon.deliver_as(&delivery.body, &delivery.signature_header());
        assert_eq!(answer.status, delivery.expect.status, "{}: {}", delivery.title, answer.text());
    }
}

fn compare_counts(story: &told::Story, house: &House) {
    let mut found: BTreeMap<&'static str, usize> = BTreeMap::new();
    for entry in house.entries() {
        if let Event::Captured { kept, .. } = &entry.event {
            *found.entry(kept.class.as_str()).or_default() += 1;
        }
    }
    assert_eq!(found, story.expected_records_by_class());
}

fn find_each_labelled_message(story: &told::Story, house: &House, daemon: &Daemon, officer: &str) {
    let asker = daemon.api.with_token(officer);
    for search in told::SEARCHES {
        let query = match search.party {
            Some(party) => format!("{} party:{party}", search.query),
            None => search.query.to_owned(),
        };
        let page = daemon.search(house, officer, &query);
        assert_eq!(page["total"], 1, "{}: {page}", search.shows);
        let record = record(&asker, &page["hits"][0]["record"]);
        assert_eq!(record["content"]["provider_id"], story.id_of(search.finds), "{}", search.shows);
        let marked = page["hits"][0]["excerpt"].as_array().unwrap();
        assert!(marked.iter().any(|segment| segment["hit"] == true), "{}: {page}", search.shows);
    }
}

/// A promise that was deleted on the telephone stands in its conversation, with
/// the deletion beside it.
fn read_a_conversation(house: &House, daemon: &Daemon, officer: &str) {
    let asker = daemon.api.with_token(officer);
    let found = daemon.search(house, officer, "\"sure thing\"");
    let thread = found["hits"][0]["thread"].as_str().unwrap();
    let (mut records, mut cursor) = (vec![], None);
    let total = loop {
        let mut parameters = vec![("limit", "7")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = asker.get_with(&format!("/v1/threads/{thread}"), &parameters).json();
        records.extend(page["records"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break page["total"].as_u64().unwrap(),
        }
    };
    assert!(total > 14, "three pages at least: {total}");
    assert_eq!(records.len() as u64, total, "every record on exactly one page");
    let times: Vec<&str> = records.iter().map(|record| record["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "oldest first: {times:?}");
    let promise = records.iter().find(|record| record["record"] == found["hits"][0]["record"]);
    let promise = promise.expect("the promise is in its conversation");
    let relations: Vec<&Value> =
        promise["later"].as_array().unwrap().iter().map(|later| &later["relation"]).collect();
    assert!(relations.iter().any(|relation| **relation == "revokes"), "{promise}");
}

fn take_the_media(story: &told::Story, house: &House, daemon: &Daemon, officer: &str) {
    let asker = daemon.api.with_token(officer);
    for medium in &story.media {
        let Some(name) = medium.file_name else { continue };
        let page = daemon.search(house, officer, &format!("file:\"{name}\" type:document"));
        let record = record(&asker, &page["hits"][0]["record"]);
        let link = &record["media"][0];
        assert_eq!(link["matches"], true, "{name}: {record}");
        let path = format!(
            "/v1/records/{}/media/{}",
            record["record"].as_str().unwrap(),
            link["id"].as_str().unwrap()
        );
        let whole = asker.get(&path);
        assert_eq!((whole.status, whole.body.as_slice()), (200, medium.bytes), "{name}");
        assert!(whole.header("content-type").starts_with("application/pdf"), "{whole:?}");
        let part = asker.with("range", "bytes=1-3").get(&path);
        assert_eq!((part.status, part.body.as_slice()), (206, &medium.bytes[1..4]), "{name}");
        let beyond = asker.with("range", "bytes=99999999-").get(&path);
        assert_eq!(beyond.status, 416, "{name}");
    }
}

fn check_receipts_offline(house: &House, asker: &Asker) {
    let key: VerifierKey =
        String::from_utf8(house.file("keys/log.vkey".as_ref())).unwrap().trim().parse().unwrap();
    let kept: Vec<_> = house.entries().into_iter().filter(|entry| entry.kept().is_some()).collect();
    for entry in kept.iter().step_by(40) {
        let record = entry.kept().unwrap().record;
        let receipt = until("a checkpoint covers the entry", || {
            let answer = asker.get(&format!("/v1/records/{record}/receipt"));
            assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
            (answer.status == 200).then(|| answer.text())
        });
        let leaf = asker.get(&format!("/v1/records/{record}/entry")).body;
        let receipt: Receipt = receipt.parse().unwrap();
        assert_eq!(receipt.index(), entry.index);
        receipt.verify(&leaf, &key, ORIGIN).unwrap();
        assert!(receipt.verify(&leaf[1..], &key, ORIGIN).is_err());
    }
}

fn record(asker: &Asker, id: &Value) -> Value {
    let answer = asker.get(&format!("/v1/records/{}", id.as_str().unwrap()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}
