//! Records of consent stay while something rests on them.

use serde_json::json;

use super::*;
use crate::policy::Mark;
use crate::policy::consent::Purpose;
use crate::projection::consent::{Asked, State};

/// Records of consent for a year.
fn schedule() -> String {
    HOUSE.replace("class = [\"message\"]", "class = [\"consent\"]")
}

/// A provider's notice that she stops, or resumes, being written to.
fn preference(scene: &Scene, id: &str, kind: &str) -> Record {
    let mut record = message(0, id, "");
    record.class = Class::Consent;
    record.at = Some(scene.archive.clock.now().as_second());
    record.body.kind = kind.into();
    record.raw =
        serde_json::value::to_raw_value(&json!({"category": "marketing_messages"})).unwrap();
    record
}

fn state(scene: &Scene, govern: &Govern) -> State {
    let channel = "whatsapp".parse().unwrap();
    let number = Some(Mark::of(fixtures::NUMBER));
    let at = scene.archive.clock.now();
    let asked = Asked { purpose: Purpose::Marketing, channel, number, at };
    govern.read(|all| all.consent.consent(Mark::of(fixtures::PHONE), &asked).state).unwrap()
}

#[tokio::test]
async fn a_withdrawal_stays_until_a_newer_word_takes_its_place() {
    let scene = Scene::new(&schedule()).await;
    let stop = preference(&scene, "w1", "stop");
    let (_, stopped) = scene.deliver(&[stop]).await;
    scene.pass_days(400);
    let planned = scene.plan().await;
    assert_eq!((planned.run, planned.relied, planned.bound), (None, 1, 0));
    let explained = scene.disposition.explain(stopped[0].0).await.unwrap();
    assert!(!explained.may_go && explained.bound.unwrap().contains("consent rests on it"));

    let resume = preference(&scene, "w2", "resume");
    let (_, resumed) = scene.deliver(&[resume]).await;
    let (_, done) = scene.dispose().await;
    assert_eq!(done, Done { destroyed: 2, withheld: 0 });
    assert!(!scene.is_there(stopped[0].1) && scene.is_there(resumed[0].1));
    let Archive { log, keyring, clock, govern, .. } = &scene.archive;
    assert_eq!(state(&scene, govern), State::Given);
    let restarted = Govern::open(log.clone(), Arc::clone(keyring), clock.clone()).unwrap();
    assert_eq!(state(&scene, &restarted), State::Given);
}

#[tokio::test]
async fn what_something_came_to_rest_on_meanwhile_is_kept_after_all() {
    let scene = Scene::new(&schedule()).await;
    // Who both are is shown by a record on which nothing rests as yet.
    let mut shows = preference(&scene, "w1", "other");
    shows.from.as_mut().unwrap().user_id = Some("DE.1".into());
    let (_, shown) = scene.deliver(&[shows]).await;
    scene.pass_days(400);
    let run = scene.plan().await.run.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    let mut stop = preference(&scene, "w2", "stop");
    stop.from.as_mut().unwrap().phone = None;
    stop.from.as_mut().unwrap().user_id = Some("DE.1".into());
    scene.deliver(&[stop]).await;
    scene.archive.indexed().await;
    let done = scene.disposition.execute(&mira(), run).await.unwrap();
    assert_eq!(done, Done { destroyed: 0, withheld: 1 });
    assert!(scene.is_there(shown[0].1));
    let restarted = {
        let Archive { log, keyring, clock, .. } = &scene.archive;
        Govern::open(log.clone(), Arc::clone(keyring), clock.clone()).unwrap()
    };
    assert_eq!(state(&scene, &restarted), State::Withdrawn);
}
