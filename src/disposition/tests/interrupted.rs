//! What a stop leaves half done is finished at the next start, once.

use super::*;
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
    let done = again.resume().await.unwrap().unwrap();
    assert_eq!(done, Done { destroyed: 4, withheld: 0 });
    for index in [delivery, gone[0].1, later[0].1] {
        assert!(!scene.is_there(index));
    }
    assert_eq!(again.resume().await.unwrap(), None);
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
