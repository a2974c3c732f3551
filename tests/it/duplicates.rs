//! What was kept is recognised and not kept twice, however it comes again.

use muniment::entry::Event;
use muniment::record::Class;
use serde_json::Value;

use crate::support::{House, text_message, webhook};

const FROM: &str = "447700900321";

/// How many records of a class the archive keeps.
fn kept(house: &House, class: Class) -> usize {
    let captured =
        |event: &Event| matches!(event, Event::Captured { kept, .. } if kept.class == class);
    house.entries().iter().filter(|entry| captured(&entry.event)).count()
}

fn messages(numbers: std::ops::Range<u64>) -> Vec<Value> {
    numbers.map(|number| text_message(number, FROM, &format!("Line {number}"))).collect()
}

#[test]
fn the_same_bytes_again_are_answered_200_and_add_nothing() {
    let house = House::new();
    let daemon = house.serve();
    let body = webhook(&messages(0..3));
    daemon.take(&body);
    let before = house.entries();
    assert_eq!((kept(&house, Class::Message), kept(&house, Class::Delivery)), (3, 1));
    for _ in 0..3 {
        daemon.take(&body);
    }
    assert_eq!(house.entries(), before);
}

#[test]
fn a_restart_does_not_make_it_new() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&messages(0..2)));
    let before = house.entries();
    daemon.stop();

    let daemon = house.serve();
    daemon.take(&webhook(&messages(0..2)));
    daemon.kill();
    let daemon = house.serve();
    daemon.take(&webhook(&messages(0..2)));
    assert_eq!(house.entries(), before);
}

#[test]
fn messages_regrouped_into_another_batch_add_nothing() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&messages(0..2)));
    daemon.take(&webhook(&messages(2..3)));
    let before = house.entries();
    let mut regrouped = messages(0..3);
    regrouped.reverse();
    daemon.take(&webhook(&regrouped));
    assert_eq!(house.entries(), before);
}

#[test]
fn of_a_batch_with_one_new_message_only_that_one_is_added() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&messages(0..9)));
    daemon.take(&webhook(&messages(5..10)));
    assert_eq!((kept(&house, Class::Message), kept(&house, Class::Delivery)), (10, 2));
}

#[test]
fn the_same_words_said_twice_are_two_messages() {
    let house = House::new();
    let daemon = house.serve();
    for number in [1, 2] {
        daemon.take(&webhook(&[text_message(number, FROM, "Yes.")]));
    }
    assert_eq!(kept(&house, Class::Message), 2);
}

#[test]
fn a_delivery_that_comes_eight_times_at_once_is_kept_once() {
    let house = House::new();
    let daemon = house.serve();
    for round in 0..10 {
        let body = webhook(&messages(round * 100..round * 100 + 5));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| daemon.take(&body));
            }
        });
    }
    assert_eq!((kept(&house, Class::Message), kept(&house, Class::Delivery)), (50, 10));
}
