//! Who links media and who destroys records wait for each other.

use std::time::Duration;

use super::*;

/// Long enough for who does not wait.
const A_WHILE: Duration = Duration::from_millis(50);

#[test]
fn who_links_waits_for_who_destroys_and_the_other_way_round() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let destroying = log.destroying().await;
        let other = log.clone();
        let linker = tokio::task::spawn_blocking(move || drop(other.linking()));
        tokio::time::sleep(A_WHILE).await;
        assert!(!linker.is_finished(), "linked while records are destroyed");
        drop(destroying);
        linker.await.unwrap();
    });
    let linking = log.linking();
    let also = log.linking();
    let waits =
        runtime.block_on(async { tokio::time::timeout(A_WHILE, log.destroying()).await.is_err() });
    assert!(waits, "destroyed while media are linked");
    drop((linking, also));
    drop(runtime.block_on(log.destroying()));
    drop(log);
    threads.close().unwrap();
}
