use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;
use crate::entry::{Entry, Event, codec};
use crate::log::{LogConfig, LogThreads, SignerConfig};
use crate::store::{Store, StoreConfig};
use crate::timestamp::fixtures::{Authority, Key};
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

const ORIGIN: &str = "archive.example/stamped";

struct Archive {
    dir: tempfile::TempDir,
    key: String,
}

impl Archive {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap());
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        Self { dir, key: key.to_private_text().to_string() }
    }

    fn open(&self, clock: &Clock) -> (Log, LogThreads) {
        let store = Store::open(&self.dir.path().join("data"), &StoreConfig::default()).unwrap();
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: self.key.parse().unwrap(),
            last_checkpoint: self.dir.path().join("log.checkpoint"),
        };
        let config = LogConfig { checkpoint_interval_ms: 10, ..LogConfig::default() };
        Log::open(Arc::new(store), signer, clock.clone(), &config).unwrap()
    }
}

/// Answers requests one after another as an authority does, for as long as the
/// process lives; gives its address.
fn desk(authority: Arc<Authority>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut request) = (stream.unwrap(), vec![]);
            // A request has 70 bytes at most behind its head.
            let query = loop {
                let mut piece = [0; 4096];
                let count = stream.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..count]);
                let end = request.windows(4).position(|four| four == b"\r\n\r\n");
                let body = end.map(|end| &request[end + 4..]).filter(|body| body.len() > 1);
                if let Some(body) = body.filter(|body| body.len() == usize::from(body[1]) + 2) {
                    break body.to_vec();
                }
            };
            let response = authority.reply(&query);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/timestamp-reply\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n",
                response.len()
            );
            stream.write_all(&[head.as_bytes(), &response].concat()).unwrap();
        }
    });
    url
}

fn entries(log: &Log) -> Vec<Entry> {
    let leaves = log.store().leaves_from(LeafIndex::FIRST);
    leaves.map(|leaf| codec::decode(&leaf.unwrap().1).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_years_off_is_found_once_and_the_stamp_is_kept_all_the_same() {
    let authority = Arc::new(Authority::new(Key::P256));
    let url = desk(Arc::clone(&authority));
    let archive = Archive::new();
    let (clock, hand) = Clock::hand_moved(time("2050-01-01T00:00:00Z"));
    let opening = (clock.clone(), archive);
    let opened = tokio::task::spawn_blocking(move || (opening.1.open(&opening.0), opening.1));
    let ((log, threads), archive) = opened.await.unwrap();
    let trusted = Authorities::from_pem(&authority.read("root.pem")).unwrap();
    let stamper = Stamper::new(log.clone(), clock.clone(), trusted, &configured(&url));
    let stamper = stamper.unwrap().unwrap();
    let counts = stamper.counts();
    let stop = watch::Sender::new(false);
    let running = tokio::spawn(stamper.run(stop.subscribe()));
    for round in 1..=3 {
        while counts.kept.load(Ordering::Relaxed) < round {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        log.append(Group::of(Draft::found(Finding::Damage, "a test", None))).await.unwrap();
        hand.advance(Duration::from_secs(3600));
    }
    stop.send_replace(true);
    running.await.unwrap();
    let off: Vec<_> = entries(&log)
        .into_iter()
        .filter_map(|entry| {
            let Event::Found { finding: Finding::Clock, by, at } = entry.event else { return None };
            Some((by, at))
        })
        .collect();
    assert_eq!(off, [("127.0.0.1".to_owned(), None)]);
    let newest = log.stamped(None).unwrap().unwrap();
    assert!(authority.verifies(newest.text.as_bytes(), &newest.response));
    assert_eq!(counts.failed.load(Ordering::Relaxed), 0);
    drop(log);
    tokio::task::spawn_blocking(move || threads.close().unwrap()).await.unwrap();
    drop(archive);
}

#[test]
fn a_stamp_is_due_when_the_signed_log_grew_and_the_interval_is_over() {
    let now = time("2026-11-21T08:00:10Z");
    let state = State { stamped: TreeSize::new(5), next: now, failures: 0, told: false };
    assert!(state.is_due(TreeSize::new(6), now));
    assert!(!state.is_due(TreeSize::new(5), now));
    assert!(!state.is_due(TreeSize::new(6), time("2026-11-21T08:00:09.999Z")));
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn configured(url: &str) -> AuthorityConfig {
    let ca_file = Some("ca.pem".into());
    AuthorityConfig { url: Some(url.to_owned()), ca_file, ..AuthorityConfig::default() }
}

#[test]
fn the_wait_doubles_up_to_its_limit_and_never_exceeds_the_interval() {
    let hour = Duration::from_secs(3600);
    let waits: Vec<u64> = (0..10).map(|n| retry_after(n, hour).as_secs()).collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(retry_after(u32::MAX, hour).as_secs(), 900);
    assert_eq!(retry_after(7, Duration::from_secs(60)).as_secs(), 60);
}

#[test]
fn a_time_between_question_and_answer_is_no_difference() {
    let round = |theirs: &str, accuracy: Option<u64>| Round {
        size: TreeSize::new(1),
        response: vec![],
        stamp: Stamp { time: time(theirs), accuracy: accuracy.map(Duration::from_secs) },
        sent: time("2026-11-21T08:00:10Z"),
        received: time("2026-11-21T08:00:12Z"),
    };
    for (theirs, accuracy, off) in [
        ("2026-11-21T08:00:11Z", None, 0),
        ("2026-11-21T08:00:10Z", None, 0),
        ("2026-11-21T08:00:05Z", None, 5),
        ("2026-11-21T08:00:05Z", Some(4), 1),
        ("2026-11-21T08:00:05Z", Some(9), 0),
        ("2026-11-21T08:01:12Z", None, -60),
        ("2026-11-21T08:01:12Z", Some(10), -50),
        ("2026-11-21T08:01:12Z", Some(u64::MAX), 0),
    ] {
        let found = round(theirs, accuracy).clock_off();
        assert_eq!(found, SignedDuration::from_secs(off), "{theirs} ±{accuracy:?}");
    }
}

#[test]
fn a_wait_never_leads_beyond_the_end_of_time() {
    let now = time("2026-11-21T08:00:10Z");
    assert_eq!(after(now, Duration::from_secs(50)), time("2026-11-21T08:01:00Z"));
    assert_eq!(after(now, Duration::MAX), Timestamp::MAX);
}

#[test]
fn an_authoritys_address_is_plain_http_or_https() {
    assert_eq!(AuthorityConfig::default().address(), Ok(None));
    assert_eq!(configured("").address(), Ok(None));
    for good in ["http://tsa.example.com", "https://tsa.example.com:8443/tsr?x=1"] {
        let address = configured(good).address().unwrap().unwrap();
        assert_eq!(address.host(), Some("tsa.example.com"));
    }
    for bad in ["tsa.example.com", "ftp://tsa.example.com/", "http://", "http:///tsr", "not one"] {
        let refused = configured(bad).check().unwrap_err().to_string();
        assert!(refused.contains("timestamp.url") && refused.contains("http://tsa"), "{refused}");
    }
    let secret = configured("https://me:hunter2@tsa.example.com/").check().unwrap_err();
    assert!(secret.to_string().contains("password") && !secret.to_string().contains("hunter2"));
}

#[test]
fn an_authority_without_certificates_or_with_impossible_times_is_refused() {
    let good = configured("http://tsa.example.com");
    let refused = |config: AuthorityConfig| config.check().unwrap_err().key;
    let cases = [
        (AuthorityConfig { ca_file: None, ..good.clone() }, "timestamp.ca_file"),
        (AuthorityConfig { interval_seconds: 0, ..good.clone() }, "timestamp.interval_seconds"),
        (
            AuthorityConfig { request_seconds_max: 0, ..good.clone() },
            "timestamp.request_seconds_max",
        ),
    ];
    for (config, key) in cases {
        assert_eq!(refused(config), key);
    }
    assert_eq!(good.check(), Ok(()));
}
