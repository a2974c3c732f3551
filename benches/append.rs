//! Durable appends through the log, already sealed and with sealing.
//!
//! What counts is entries a second with each acknowledged only when synced, so
//! many appenders run at once and group commit does its work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use muniment::log::{Draft, Group};
use muniment::record::Class;
use muniment::seal::Sealed;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

#[path = "support/archive.rs"]
mod archive;

use archive::Archive;

/// Entries of one measured round.
const ENTRIES: u64 = 20_000;

/// Appends waiting at once.
const IN_FLIGHT: usize = 512;

const BODY: [u8; 300] = [b'm'; 300];

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a time")
}

async fn append_all(archive: &Archive, entries: u64, sealed: Option<&Sealed>) {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..entries {
        let place = Arc::clone(&places).acquire_owned().await.expect("never closed");
        let (log, keyring, sealed) =
            (archive.log.clone(), Arc::clone(&archive.keyring), sealed.cloned());
        tasks.spawn(async move {
            let seal = || keyring.seal(Class::Message, now(), &BODY).expect("a sealed body");
            let draft = Draft::captured(sealed.unwrap_or_else(seal), None);
            log.append(Group::of(draft)).await.expect("an appended entry");
            drop(place);
        });
    }
    while tasks.join_next().await.is_some() {}
}

fn rounds(runtime: &Runtime, archive: &Archive, rounds: u64, sealed: Option<&Sealed>) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        runtime.block_on(append_all(archive, ENTRIES, sealed));
    }
    start.elapsed()
}

fn durable_appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let archive = Archive::new();
    let sealed = archive.keyring.seal(Class::Message, now(), &BODY).expect("a sealed body");
    let mut group = criterion.benchmark_group("durable appends of 300-byte bodies");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("already sealed", |bencher| {
        bencher.iter_custom(|iterations| rounds(&runtime, &archive, iterations, Some(&sealed)));
    });
    group.bench_function("with sealing", |bencher| {
        bencher.iter_custom(|iterations| rounds(&runtime, &archive, iterations, None));
    });
    group.finish();
    archive.close();
}

fn sealing(criterion: &mut Criterion) {
    let archive = Archive::new();
    let mut group = criterion.benchmark_group("sealing on one core");
    group.throughput(Throughput::Elements(1));
    group.bench_function("seal 300 bytes", |bencher| {
        bencher.iter(|| archive.keyring.seal(Class::Message, now(), &BODY));
    });
    let sealed = archive.keyring.seal(Class::Message, now(), &BODY).expect("a sealed body");
    group.bench_function("open 300 bytes", |bencher| {
        bencher.iter(|| archive.keyring.open(&sealed.kept, &sealed.header, &sealed.body));
    });
    group.finish();
    archive.close();
}

criterion_group!(benches, durable_appends, sealing);
criterion_main!(benches);
