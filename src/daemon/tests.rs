use std::os::unix::fs::PermissionsExt as _;

use tokio::sync::oneshot;

use super::*;
use crate::cli::init;
use crate::config::Environment;

fn archive() -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    // Making an archive blocks, which no thread of a runtime may.
    std::thread::spawn(move || init::for_test(&path)).join().unwrap();
    let pairs =
        [("MUNIMENT_META_APP_SECRETS", "app-secret"), ("MUNIMENT_META_VERIFY_TOKEN", "let-me-in")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::for_testing(dir.path(), Environment::from_pairs(pairs));
    (dir, config)
}

async fn start(config: &Config) -> anyhow::Result<Daemon> {
    Daemon::start(config.clone(), Clock::system()).await
}

async fn refusal(config: &Config) -> String {
    format!("{:#}", start(config).await.expect_err("it must not start"))
}

/// Gets an address: the status and the body.
async fn get(url: String) -> (u16, String) {
    let asking = tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        let mut answer = agent.new_agent().get(url).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    });
    asking.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_answer_until_the_stop_and_the_archive_can_be_opened_again() {
    let (_dir, config) = archive();
    for round in 0..2 {
        let daemon = start(&config).await.unwrap();
        let [hooks, api] = daemon.addresses();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(daemon.run(async { stopped.await.unwrap_or_default() }));
        assert_eq!(get(format!("http://{api}/healthz")).await.0, 200, "round {round}");
        let question = "hub.mode=subscribe&hub.verify_token=let-me-in&hub.challenge=77";
        let answer = get(format!("http://{hooks}/hooks/meta?{question}")).await;
        assert_eq!(answer, (200, "77".to_owned()));
        let (status, metrics) = get(format!("http://{api}/metrics")).await;
        assert_eq!(status, 200);
        let counted = "muniment_deliveries_total{outcome=\"kept\"} 0";
        assert!(metrics.contains(counted), "{metrics}");
        // What belongs behind one door is not behind the other.
        assert_eq!(get(format!("http://{hooks}/metrics")).await.0, 404);
        assert_eq!(get(format!("http://{api}/hooks/meta")).await.0, 404);
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_is_told_who_has_the_archive() {
    let (_dir, config) = archive();
    let first = start(&config).await.unwrap();
    let refused = refusal(&config).await;
    assert!(refused.contains(&format!("in use by process {}", std::process::id())), "{refused}");
    first.run(async {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_start_with_keys_that_are_not_its_own_or_not_its_alone() {
    let (_dir, config) = archive();
    let (_other_dir, other) = archive();

    let mut renamed = config.clone();
    renamed.archive.origin = "archive.example.com/other".to_owned();
    assert!(refusal(&renamed).await.contains("keeps its origin"));

    start(&config).await.unwrap().run(async {}).await.unwrap();
    std::fs::copy(other.archive.identity_file(), config.archive.identity_file()).unwrap();
    let refused = refusal(&config).await;
    assert!(refused.contains("does not open this archive"), "{refused}");

    let key = config.archive.log_key_file();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refusal(&config).await.contains("chmod 600"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_named() {
    let (_dir, mut config) = archive();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    config.server.api = taken.local_addr().unwrap().to_string();
    let refused = refusal(&config).await;
    assert!(refused.contains("server.api") && refused.contains(&config.server.api), "{refused}");
    config.server.api = "127.0.0.1:0".to_owned();
    // What had been opened before was closed again.
    start(&config).await.unwrap().run(async {}).await.unwrap();
}
