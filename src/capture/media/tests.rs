//! Media are fetched from a stand-in for the provider, over real HTTP.

mod provider;

use std::time::Instant;

use base64::Engine as _;

use super::*;
use crate::capture::CaptureConfig;
use crate::capture::fixtures::{Archive, delivery, keep};
use crate::entry::{Event, MissedReason};
use crate::record::{Class, RecordId};
use crate::tlog::hash::sha256;
use provider::{Answer, Provider};

const PICTURE: &[u8] = b"\x89PNG a picture of crate 7";

/// An archive whose media come from a stand-in.
struct Scene {
    archive: Archive,
    provider: Provider,
}

impl Scene {
    fn new(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self { archive: Archive::new(), provider: Provider::start(answer) }
    }

    fn config(&self) -> MediaConfig {
        MediaConfig {
            graph_url: self.provider.url("/v24.0/"),
            retry_delay_ms_min: 1,
            retry_delay_ms_max: 8,
            medium_bytes_max: 64,
            ..MediaConfig::default()
        }
    }

    async fn announce(&self, elements: &[String]) {
        let capture = self.archive.capture(CaptureConfig::default());
        keep(&capture, &delivery(elements)).await.unwrap();
    }

    /// Works the queue off until it is empty, moving the clock on by `step`
    /// between looks.
    async fn work_off(&self, config: MediaConfig, step: Duration) -> Arc<Counts> {
        let (log, keyring) = (self.archive.log().clone(), Arc::clone(&self.archive.keyring));
        let token = BearerToken::new("the-token".to_owned());
        let fetcher =
            Fetcher::new(log, keyring, self.archive.clock.clone(), token, config).unwrap();
        let counts = fetcher.counts();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(fetcher.run(stopped));
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.archive.log().media_tasks_from(LeafIndex::FIRST).next().is_some() {
            assert!(Instant::now() < deadline, "{counts:?} {:?}", self.provider.requests());
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.archive.hand.advance(step);
        }
        stop.send(true).unwrap();
        running.await.unwrap();
        counts
    }

    fn links(&self) -> Vec<(RecordId, Option<bool>)> {
        let link = |entry: crate::entry::Entry| {
            let Event::Linked { medium, matches, .. } = entry.event else { return None };
            Some((medium, matches))
        };
        self.archive.entries().into_iter().filter_map(link).collect()
    }

    fn missed(&self) -> Vec<MissedReason> {
        let missed = |entry: crate::entry::Entry| {
            let Event::Missed { reason, .. } = entry.event else { return None };
            Some(reason)
        };
        self.archive.entries().into_iter().filter_map(missed).collect()
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A message with a picture that has the digest of these bytes.
fn picture(id: &str, announced: &[u8]) -> String {
    let digest = base64::prelude::BASE64_STANDARD.encode(sha256(announced).as_bytes());
    format!(
        r#"{{"from":"4915550100777","id":"{id}","type":"image","image":{{"id":"3099000001","mime_type":"image/png","sha256":"{digest}"}}}}"#
    )
}

/// Looks up to `/media/1` of the same host, and gives these bytes there.
fn serving(bytes: &'static [u8]) -> impl Fn(&str, usize) -> Answer + Send + Sync {
    move |path, _| match path {
        "/media/1" => Answer::bytes(bytes),
        _ => Answer::link("/media/1", Some(bytes.len())),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_medium_is_looked_up_downloaded_kept_and_linked() {
    let scene = Scene::new(serving(PICTURE));
    scene.announce(&[picture("w1", PICTURE)]).await;
    let counts = scene.work_off(scene.config(), SECOND).await;

    assert_eq!(scene.archive.opened(Class::Medium), [PICTURE]);
    let medium = scene.archive.captured(Class::Medium).remove(0).1.record;
    assert_eq!(scene.links(), [(medium, Some(true))]);
    let requests = scene.provider.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/v24.0/3099000001?phone_number_id=209900000000001", "/media/1"]);
    assert!(requests.iter().all(|request| request.authorization == "Bearer the-token"));
    assert_eq!(counts.linked.load(Ordering::Relaxed), 1);
    assert_eq!(counts.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_download_is_tried_again_with_a_new_look_up() {
    let scene = Scene::new(|path, number| match (path, number) {
        ("/media/1", 0) => Answer::status(404),
        ("/media/1", 1) => Answer::cut_short(PICTURE),
        ("/media/1", _) => Answer::bytes(PICTURE),
        (_, 0) => Answer::status(401),
        (_, 1) => Answer::text("not JSON"),
        (_, _) => Answer::link("/media/1", None),
    });
    scene.announce(&[picture("w1", PICTURE)]).await;
    let counts = scene.work_off(scene.config(), SECOND).await;
    assert_eq!(scene.archive.opened(Class::Medium), [PICTURE]);
    let downloads = scene.provider.requests().iter().filter(|one| one.path == "/media/1").count();
    assert_eq!((downloads, scene.provider.requests().len()), (3, 8));
    assert_eq!(counts.retried.load(Ordering::Relaxed), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_digest_than_announced_is_doubted_then_kept_with_a_note() {
    let scene = Scene::new(serving(PICTURE));
    scene.announce(&[picture("w1", b"another picture")]).await;
    scene.work_off(scene.config(), SECOND).await;
    assert_eq!(scene.archive.opened(Class::Medium), [PICTURE]);
    assert_eq!(scene.links().first().unwrap().1, Some(false));
    assert!(scene.provider.requests().len() > 2, "it was not doubted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_medium_over_the_limit_is_missed_whether_it_says_so_or_not() {
    const LARGE: &[u8] = &[7; 65];
    for told in [Some(LARGE.len()), None] {
        let scene = Scene::new(move |path, _| match path {
            "/media/1" => Answer::bytes(LARGE),
            _ => Answer::link("/media/1", told),
        });
        scene.announce(&[picture("w1", LARGE)]).await;
        scene.work_off(scene.config(), SECOND).await;
        assert_eq!(scene.missed(), [MissedReason::TooLarge]);
        assert!(scene.archive.captured(Class::Medium).is_empty());
        let downloaded = scene.provider.requests().iter().any(|one| one.path == "/media/1");
        assert_eq!(downloaded, told.is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_provider_keeps_no_longer_is_missed_after_its_retention() {
    for (status, reason) in [
        (404, MissedReason::Expired),
        (403, MissedReason::Refused),
        (500, MissedReason::Unreachable),
    ] {
        let scene = Scene::new(move |_, _| Answer::status(status));
        scene.announce(&[picture("w1", PICTURE)]).await;
        scene.work_off(scene.config(), SECOND * 3600 * 24).await;
        assert_eq!(scene.missed(), [reason]);
        assert!(scene.provider.requests().len() > 1, "it was given up at once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_medium_announced_ten_times_is_kept_once_for_each_class() {
    let scene = Scene::new(serving(PICTURE));
    let mut elements: Vec<_> =
        (0..10).map(|number| picture(&format!("w{number}"), PICTURE)).collect();
    // Of no known type, so of another class.
    elements.push(picture("w10", PICTURE).replace(r#""type":"image""#, r#""type":"hologram""#));
    scene.announce(&elements).await;
    let counts = scene.work_off(MediaConfig { workers: 3, ..scene.config() }, SECOND).await;
    assert_eq!(scene.links().len(), 11);
    assert_eq!(scene.archive.captured(Class::Medium).len(), 2);
    assert_eq!(counts.linked.load(Ordering::Relaxed), 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_sent_to_no_other_host_not_even_by_a_redirect() {
    let stranger = Provider::start(|_, _| Answer::bytes(PICTURE));
    let elsewhere = stranger.url("/media/1");
    let target = elsewhere.clone();
    let linking = Scene::new(move |_, _| Answer::link(&target, None));
    let redirecting = Scene::new(move |path, _| match path {
        "/media/1" => Answer::redirect(&elsewhere),
        _ => Answer::link("/media/1", None),
    });
    for (scene, reason) in
        [(linking, MissedReason::Refused), (redirecting, MissedReason::Unreachable)]
    {
        scene.announce(&[picture("w1", PICTURE)]).await;
        scene.work_off(scene.config(), SECOND * 3600 * 24).await;
        assert_eq!(scene.missed(), [reason]);
    }
    assert!(stranger.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allowed_host_is_asked_only_over_tls() {
    let plain = Provider::start(|_, _| Answer::bytes(PICTURE));
    let target = plain.url("/media/1");
    let scene = Scene::new(move |_, _| Answer::link(&target, None));
    scene.announce(&[picture("w1", PICTURE)]).await;
    let config = MediaConfig { download_hosts: vec!["127.0.0.1".into()], ..scene.config() };
    scene.work_off(config, SECOND * 3600 * 24).await;
    assert_eq!(scene.missed(), [MissedReason::Refused]);
    assert!(plain.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_survives_a_stop_and_finds_what_comes_later() {
    let scene = Scene::new(serving(PICTURE));
    scene.announce(&[picture("w1", PICTURE)]).await;
    let (log, keyring) = (scene.archive.log().clone(), Arc::clone(&scene.archive.keyring));
    let token = BearerToken::new("the-token".to_owned());
    let clock = scene.archive.clock.clone();
    let fetcher = Fetcher::new(log, keyring, clock, token, scene.config()).unwrap();
    // Stopped before it begins: what it took up is finished, the rest waits.
    let (_stop, stopped) = watch::channel(true);
    fetcher.run(stopped).await;
    scene.announce(&[picture("w2", PICTURE)]).await;
    scene.work_off(scene.config(), SECOND).await;
    assert_eq!(scene.links().len(), 2);
    assert_eq!(scene.archive.captured(Class::Medium).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_medium_of_a_record_that_is_destroyed_meanwhile_is_not_kept() {
    // Before the look-up is answered, before the download is, and where it fails.
    for (when, fails) in [("/v24.0/", false), ("/media/1", false), ("/media/1", true)] {
        let archive = Archive::new();
        // Let go of with the first request: the archive closes when nobody has its log.
        let log = std::sync::Mutex::new(Some(archive.log().clone()));
        let provider = Provider::start(move |path, _| {
            let log = path.starts_with(when).then(|| log.lock().unwrap().take()).flatten();
            if let Some(log) = log {
                let (announcing, _) =
                    log.media_tasks_from(LeafIndex::FIRST).next().unwrap().unwrap();
                let mut commit = crate::store::Commit::default();
                commit.destroy_sealed(announcing);
                log.store().commit(commit).unwrap();
            }
            match path {
                "/media/1" if fails => Answer::status(500),
                "/media/1" => Answer::bytes(PICTURE),
                _ => Answer::link("/media/1", None),
            }
        });
        let scene = Scene { archive, provider };
        scene.announce(&[picture("w1", PICTURE)]).await;
        let counts = scene.work_off(scene.config(), SECOND).await;
        assert!(scene.archive.captured(Class::Medium).is_empty(), "{when} {fails}");
        assert_eq!((scene.links(), scene.missed()), (vec![], vec![]));
        assert!(scene.archive.log().media_tasks_from(LeafIndex::FIRST).next().is_none());
        assert_eq!(counts.waiting.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_medium_that_was_destroyed_and_is_recognised_still_is_kept_anew() {
    let scene = Scene::new(serving(PICTURE));
    scene.announce(&[picture("w1", PICTURE)]).await;
    scene.work_off(scene.config(), SECOND).await;
    let (gone, kept, _) = scene.archive.captured(Class::Medium).remove(0);
    let mut commit = crate::store::Commit::default();
    commit.destroy_sealed(gone);
    scene.archive.log().store().commit(commit).unwrap();
    for id in ["w2", "w3"] {
        scene.announce(&[picture(id, PICTURE)]).await;
        scene.work_off(scene.config(), SECOND).await;
    }
    let media = scene.archive.captured(Class::Medium);
    assert_eq!(media.len(), 2, "and no more than once");
    let (anew, record) = (media[1].0, media[1].1.record);
    assert!(scene.archive.log().sealed_at(anew).is_ok());
    let linked: Vec<_> = scene.links().into_iter().map(|(medium, _)| medium).collect();
    assert_eq!(linked, [kept.record, record, record]);
}
