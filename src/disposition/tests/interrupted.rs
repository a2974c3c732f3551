//! What a stop leaves half done is finished at the next start, once.

use super::*;
use crate::index::IndexConfig;
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::runs::Stage;

#[tokio::test]
async fn a_run_that_stopped_between_its_entry_and_its_rows_is_finished() {
    let scene = Scene::new(HOUSE).await;
    let (delivery, gone) = scene.deliver(&[message(0, "w1", "one")]).await;
    let (_, later) = scene.deliver(&[message(0, "w2", "two")]).await;
    scene.pass_days(400);
    let planned = scene.plan().await;
    let run = planned.run.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    scene.disposition.act(&mira(), DispositionAct::Started { run }).await.unwrap();
    // The entry says so; the rows are still there.
    let goes = [delivery, gone[0].1];
    let sets = crate::entry::Ranges::covering(goes);
    let drafts = sets.into_iter().map(|set| Draft::destroyed(run, set)).collect();
    scene.archive.log.append(Group::all(drafts)).await.unwrap();
    assert!(scene.is_there(delivery));

    let again = super::disposition(&scene.archive);
    again.delete_left().unwrap();
    assert!(!scene.is_there(delivery) && !scene.is_there(gone[0].1));
    assert!(scene.is_there(later[0].1), "only what the log says is destroyed");
    let read = scene.archive.query.record(&fixtures::reader(), gone[0].0).await;
    assert!(matches!(read, Err(crate::query::Error::Destroyed { .. })), "{read:?}");
    let done = again.resume().await.unwrap().unwrap();
    assert_eq!(done, Done { destroyed: 4, withheld: 0 });
    for index in [delivery, gone[0].1, later[0].1] {
        assert!(!scene.is_there(index));
    }
    assert_eq!(again.resume().await.unwrap(), None);
    again.delete_left().unwrap();
    let state = scene.archive.govern.read(|all| all.runs.get(run).unwrap().stage).unwrap();
    assert_eq!(state, Stage::Finished);
}

#[tokio::test]
async fn a_second_run_waits_for_the_first() {
    let scene = Scene::new(HOUSE).await;
    scene.deliver(&[message(0, "w1", "one")]).await;
    scene.pass_days(400);
    let first = scene.plan().await.run.unwrap();
    let second = scene.plan().await.run.unwrap();
    for run in [first, second] {
        scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    }
    scene.disposition.act(&mira(), DispositionAct::Started { run: first }).await.unwrap();
    let refused = scene.disposition.execute(&mira(), second).await.unwrap_err();
    assert!(refused.to_string().contains(&first.to_string()), "{refused}");
    assert_eq!(scene.disposition.resume().await.unwrap().unwrap().destroyed, 2);
    // What the first destroyed, the second leaves alone.
    let done = scene.disposition.execute(&mira(), second).await.unwrap();
    assert_eq!(done.destroyed, 0);
}

#[tokio::test]
async fn nothing_is_judged_by_an_index_that_has_not_read_the_log() {
    let scene = Scene::new(HOUSE).await;
    let (_, held) = scene.deliver(&[message(0, "w1", "the zinc of the claim")]).await;
    let (_, free) = scene.deliver(&[message(0, "w2", "copper")]).await;
    scene.pass_days(400);
    let run = scene.plan().await.run.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    scene.disposition.act(&mira(), DispositionAct::Started { run }).await.unwrap();
    let hold = HoldAct::Placed(Placed {
        matter: "Matter 7".into(),
        custodian: "the desk".into(),
        reason: "a claim".into(),
        authority: "the court".into(),
        scope: Scope { query: Some("zinc".into()), ..Scope::default() },
        silent: false,
        notice: None,
    });
    scene.archive.govern.act(&kostas(), Act::Hold(hold)).await.unwrap();

    // As after a start that has to make the index anew: nobody has read anything yet.
    let (log, keyring) = (scene.archive.log.clone(), Arc::clone(&scene.archive.keyring));
    let empty = tempfile::tempdir().unwrap();
    let dir = empty.path().join("index");
    let (index, follower) = Index::open(&dir, log, keyring, IndexConfig::default()).unwrap();
    let again = super::disposition_with(&scene.archive, index);
    let waiting = tokio::spawn({
        let again = again.clone();
        async move { again.resume().await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    assert!(scene.is_there(held[0].1) && scene.is_there(free[0].1));

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let following = tokio::spawn(follower.run(stopped));
    let done = waiting.await.unwrap().unwrap().unwrap();
    assert_eq!(done, Done { destroyed: 2, withheld: 1 });
    assert!(scene.is_there(held[0].1) && !scene.is_there(free[0].1));
    drop(again);
    stop.send(true).unwrap();
    following.await.unwrap().unwrap();
}
