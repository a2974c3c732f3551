//! Files that messages only announce: fetched from a stand-in of the Graph API.

use muniment::entry::{Entry, Event, MissedReason};
use muniment::record::Class;
use serde_json::{Value, json};

use crate::support::{Graph, House, Served, text_message, until, webhook};

const TOKEN: &str = "EAAGmedia";
const FROM: &str = "447700900331";

fn served(id: &str, bytes: &[u8], dead_links: usize) -> Served {
    Served { id: id.to_owned(), mime: "image/png".to_owned(), bytes: bytes.to_vec(), dead_links }
}

fn house_of(graph_url: &str) -> House {
    let mut house = House::new();
    house.set("MUNIMENT_MEDIA__ENABLED", "true");
    house.set("MUNIMENT_MEDIA__GRAPH_URL", graph_url);
    house.set("MUNIMENT_MEDIA_TOKEN", TOKEN);
    house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MIN", "10");
    house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MAX", "50");
    house
}

fn image(number: u64, id: &str) -> Value {
    let mut image = text_message(number, FROM, "");
    image["type"] = json!("image");
    image["image"] = json!({"id": id, "mime_type": "image/png"});
    image
}

/// Waits until so many media were linked or missed, and says how each ended.
fn endings(house: &House, count: usize) -> Vec<Result<Option<bool>, MissedReason>> {
    let ending = |entry: &Entry| match entry.event {
        Event::Linked { matches, .. } => Some(Ok(matches)),
        Event::Missed { reason, .. } => Some(Err(reason)),
        Event::Began { .. }
        | Event::Captured { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. } => None,
    };
    until("the media are linked or missed", || {
        let endings: Vec<_> = house.entries().iter().filter_map(ending).collect();
        (endings.len() >= count).then_some(endings)
    })
}

fn media_kept(house: &House) -> usize {
    let is_medium = |entry: &&Entry| entry.kept().is_some_and(|kept| kept.class == Class::Medium);
    house.entries().iter().filter(is_medium).count()
}

#[test]
fn one_file_sent_ten_times_is_kept_once_and_linked_ten_times() {
    let ids: Vec<String> = (0..10).map(|n| format!("3077888{n}")).collect();
    let graph = Graph::serving(TOKEN, ids.iter().map(|id| served(id, b"the same", 0)).collect());
    let house = house_of(&graph.url);
    let daemon = house.serve();
    let images: Vec<Value> = (0..).zip(&ids).map(|(number, id)| image(number, id)).collect();
    daemon.take(&webhook(&images));
    assert_eq!(endings(&house, 10), [Ok(Some(true)); 10]);
    assert_eq!(media_kept(&house), 1);
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn a_link_that_has_expired_is_looked_up_anew() {
    let graph = Graph::serving(TOKEN, vec![served("30779101", b"patience", 2)]);
    let house = house_of(&graph.url);
    let daemon = house.serve();
    daemon.take(&webhook(&[image(1, "30779101")]));
    assert_eq!(endings(&house, 1), [Ok(Some(true))]);
    assert_eq!((graph.look_ups("30779101"), graph.downloads()), (3, 1));
}

#[test]
fn a_file_over_the_limit_is_missed_and_one_that_is_gone_too_and_the_log_says_why() {
    let graph = Graph::serving(TOKEN, vec![served("30779102", &[7; 2000], 0)]);
    let mut house = house_of(&graph.url);
    house.set("MUNIMENT_MEDIA__MEDIUM_BYTES_MAX", "1999");
    house.set("MUNIMENT_MEDIA__PROVIDER_RETENTION_HOURS", "0");
    let daemon = house.serve();
    daemon.take(&webhook(&[image(1, "30779102")]));
    assert_eq!(endings(&house, 1), [Err(MissedReason::TooLarge)]);
    daemon.take(&webhook(&[image(2, "30779103")]));
    assert_eq!(endings(&house, 2)[1], Err(MissedReason::Expired));
    assert_eq!((media_kept(&house), graph.downloads()), (0, 0));
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn a_refused_token_is_told_apart_from_a_file_that_is_gone() {
    let graph = Graph::serving("another token", vec![served("30779104", b"x", 0)]);
    let mut house = house_of(&graph.url);
    house.set("MUNIMENT_MEDIA__PROVIDER_RETENTION_HOURS", "0");
    let daemon = house.serve();
    daemon.take(&webhook(&[image(1, "30779104")]));
    assert_eq!(endings(&house, 1), [Err(MissedReason::Refused)]);
}

#[test]
fn bytes_other_than_announced_are_kept_after_some_tries_and_marked() {
    let graph = Graph::serving(TOKEN, vec![served("30779105", b"swapped", 0)]);
    let house = house_of(&graph.url);
    let daemon = house.serve();
    let mut announced = image(1, "30779105");
    announced["image"]["sha256"] = json!("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=");
    daemon.take(&webhook(&[announced]));
    assert_eq!(endings(&house, 1), [Ok(Some(false))]);
    assert!(graph.downloads() > 1, "a digest that differs is not believed at once");
}

#[test]
fn what_waits_to_be_fetched_survives_a_kill() {
    let graph = Graph::serving(TOKEN, vec![served("30779106", b"in the end", 0)]);
    let mut house = house_of("http://127.0.0.1:9/v24.0");
    let daemon = house.serve();
    daemon.take(&webhook(&[image(1, "30779106")]));
    daemon.kill();
    house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
    let _daemon = house.serve();
    assert_eq!(endings(&house, 1), [Ok(Some(true))]);
}
