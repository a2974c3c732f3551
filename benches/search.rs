//! Searching an archive: the first page with excerpts, each search an entry.
//!
//! `search` is what an officer waits for: the index, opening twenty records,
//! the excerpts, and the durable `accessed` entry. `index alone` is the share
//! of the index. Filling prints the follower's rate.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use muniment::clock::Clock;
use muniment::govern::Govern;
use muniment::index::{Index, IndexConfig, Order, Paging, Request, language};
use muniment::log::{Draft, Group};
use muniment::query::{Access, Query, QueryConfig, Search};
use muniment::record::Class;
use tokio::runtime::Runtime;
use tokio::sync::watch;

#[path = "support/archive.rs"]
mod archive;

use archive::Archive;

/// Messages in the archive; `MUNIMENT_BENCH_MESSAGES` sets another number.
const MESSAGES: usize = 100_000;

/// Drafts appended in one group.
const GROUP: usize = 500;

/// What people say: words of different frequency.
const WORDS: [&str; 24] = [
    "invoice",
    "order",
    "confirm",
    "amend",
    "vessel",
    "freight",
    "cargo",
    "delivery",
    "payment",
    "التسليم",
    "الفاتورة",
    "شحنة",
    "παραλαβή",
    "τιμολόγιο",
    "φορτίο",
    "factura",
    "entrega",
    "pago",
    "fatura",
    "remessa",
    "pagamento",
    "noon",
    "tomorrow",
    "please",
];

/// The queries that are measured.
const QUERIES: [(&str, &str); 6] = [
    ("a common word", "invoice"),
    ("an Arabic word without its article", "فاتورة"),
    ("a phrase", "\"confirm amend\""),
    ("a prefix", "pag*"),
    ("two words, a party and a year", "παραλαβη invoice party:4915550000017 date:2026"),
    ("a word that is not there", "subpoena"),
];

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a time")
}

fn messages() -> usize {
    let named = std::env::vars().find(|(name, _)| name == "MUNIMENT_BENCH_MESSAGES");
    named.and_then(|(_, value)| value.parse().ok()).unwrap_or(MESSAGES)
}

/// A message of a dozen words, drawn by a small generator so that all runs search the same.
fn plaintext(number: usize) -> Vec<u8> {
    let mut state = number as u64 + 1;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let words: Vec<_> = (0..12)
        .filter_map(|_| {
            // The product of two draws makes the first words of the list common.
            let at = draw() % WORDS.len() * (draw() % WORDS.len()) / WORDS.len();
            WORDS.get(at).copied()
        })
        .collect();
    let party = format!("49155500{:05}", draw() % 500);
    let record = serde_json::json!({
        "v": 1, "class": "message", "provider": "meta", "field": "messages", "origin": "live",
        "number_id": "207", "number": "15550100", "provider_id": format!("wamid.B{number}"),
        "at": 1_767_225_600 + number as u64 * 60, "direction": "inbound",
        "from": {"phone": party, "name": format!("Customer {}", draw() % 500)},
        "to": {"phone": "15550100"},
        "body": {"kind": "text", "text": format!("{} {number}", words.join(" "))}, "raw": {},
    });
    record.to_string().into_bytes()
}

fn fill(archive: &Archive, messages: usize) {
    for first in (0..messages).step_by(GROUP) {
        let draft = |number| {
            let sealed = archive.keyring.seal(Class::Message, now(), &plaintext(number));
            Draft::captured(sealed.expect("a sealed body"), None)
        };
        let group = Group::all((first..messages.min(first + GROUP)).map(draft).collect());
        archive.log.append_blocking(group).expect("appended entries");
    }
}

fn follow(runtime: &Runtime, archive: &Archive, messages: usize) -> (Index, watch::Sender<bool>) {
    let dir = archive.dir.path().join("index");
    let keyring = Arc::clone(&archive.keyring);
    let opened = Index::open(&dir, archive.log.clone(), keyring, IndexConfig::default());
    let (index, follower) = opened.expect("an index");
    let (stop, stopped) = watch::channel(false);
    let start = Instant::now();
    runtime.spawn(async move { follower.run(stopped).await.expect("a follower") });
    while index.progress().searchable < index.progress().log {
        std::thread::sleep(Duration::from_millis(50));
    }
    let rate = messages as f64 / start.elapsed().as_secs_f64();
    // Nothing can be done about a closed terminal.
    let _ = writeln!(std::io::stdout(), "indexed {messages} messages at {rate:.0} a second");
    (index, stop)
}

fn searching(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let archive = Archive::new();
    let messages = messages();
    fill(&archive, messages);
    let (index, stop) = follow(&runtime, &archive, messages);
    let keyring = Arc::clone(&archive.keyring);
    let govern = Govern::open(archive.log.clone(), keyring, Clock::system()).expect("decisions");
    let query = Query::new(
        archive.log.clone(),
        Arc::clone(&archive.keyring),
        index.clone(),
        govern,
        Clock::system(),
        QueryConfig::default(),
    );
    let (who, name) = ("bench".into(), "Benchmark".into());
    let access = Access { who, name, reason: None, sees_restricted: false };
    let mut group = criterion.benchmark_group(format!("first page of {messages} messages"));
    group.sample_size(20);
    for (name, text) in QUERIES {
        group.bench_function(format!("{name}, index alone"), |bencher| {
            let expr = language::parse(text).expect("a query");
            let paging = Paging { limit: 20, after: None };
            let request = Request { expr, order: Order::Best, paging };
            bencher.iter(|| index.search(&request).expect("a page"));
        });
        group.bench_function(format!("{name}, search"), |bencher| {
            let search = || {
                let query = text.to_owned();
                Search { query, order: Order::Best, limit: None, cursor: None }
            };
            bencher.iter(|| runtime.block_on(query.search(&access, search())).expect("a page"));
        });
    }
    group.finish();
    stop.send_replace(true);
    drop((query, index, runtime));
    archive.close();
}

criterion_group!(benches, searching);
criterion_main!(benches);
