//! Verifying a whole archive from its bytes, on one core and on all, and the hash
//! that all of it rests on.
//!
//! Without the identity everything is hashed and compared; with it every record
//! is opened and read as well.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use muniment::log::{Draft, Group, OnceKey};
use muniment::record::Class;
use muniment::seal::Keyring;
use muniment::store::Store;
use muniment::tlog::TREE_SIZE_MAX;
use muniment::tlog::hash::{leaf_hash, node_hash, sha256};
use muniment::tlog::note::SigningKey;
use muniment::verify::{OutsideCheckpoint, Request, verify};

#[path = "support/archive.rs"]
mod archive;

use archive::{Archive, ORIGIN};

/// Entries of the archive.
const ENTRIES: u64 = 200_000;

/// Drafts appended in one group.
const GROUP: u64 = 500;

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a time")
}

/// A record of 300 bytes, as it is sealed.
fn plaintext(number: u64) -> Vec<u8> {
    let mut record = format!(
        r#"{{"v":1,"class":"message","provider":"meta","field":"messages","origin":"live","body":{{"kind":"text","text":"message {number} "#
    );
    let end = r#""},"raw":{}}"#;
    while record.len() < 300 - end.len() {
        record.push('m');
    }
    record.push_str(end);
    record.into_bytes()
}

/// Fills an archive, with a mark for each record as capture sets it.
fn fill(archive: &Archive) {
    for first in (1..=ENTRIES).step_by(usize::try_from(GROUP).expect("a small number")) {
        let draft = |number: u64| {
            let sealed = archive.keyring.seal(Class::Message, now(), &plaintext(number));
            let mark = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            let mut key = [0; 16];
            key.iter_mut().zip(mark).for_each(|(byte, of_mark)| *byte = of_mark);
            Draft::captured(sealed.expect("a sealed body"), None).once(OnceKey::from_bytes(key))
        };
        let group = Group::all((first..first + GROUP).map(draft).collect());
        archive.log.append_blocking(group).expect("appended entries");
    }
    archive.log.store().flush().expect("rows in their files");
}

/// A request for all of the archive, or for what came after a checkpoint.
fn request(key: &SigningKey, since: Option<Vec<u8>>, threads: usize) -> Request {
    Request {
        origin: ORIGIN.to_owned(),
        key: Some(key.verifier().clone()),
        outside: vec![],
        since: since.map(|note| OutsideCheckpoint { name: "the newest".to_owned(), note }),
        authorities: None,
        policy: None,
        threads,
    }
}

fn check(archive: &Archive, keyring: Option<&Keyring>, threads: usize) {
    let report =
        verify(archive.log.store(), keyring, &request(&archive.key, None, threads), |_| {});
    assert!(report.is_right(), "{report}");
    assert_eq!(report.size, ENTRIES + 1);
}

fn full_verification(criterion: &mut Criterion) {
    let archive = Archive::new();
    fill(&archive);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut group = criterion.benchmark_group("verifying entries with 300-byte bodies");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("without the identity, one core", |bencher| {
        bencher.iter(|| check(&archive, None, 1));
    });
    group.bench_function("without the identity, all cores", |bencher| {
        bencher.iter(|| check(&archive, None, cores));
    });
    group.bench_function("with the identity, one core", |bencher| {
        bencher.iter(|| check(&archive, Some(&archive.keyring), 1));
    });
    group.bench_function("with the identity, all cores", |bencher| {
        bencher.iter(|| check(&archive, Some(&archive.keyring), cores));
    });
    group.finish();
    archive.close();
}

/// The daily run on a day without entries: the tree put together from its tiles, and
/// the last tile's entries.
fn daily_verification(criterion: &mut Criterion) {
    let archive = Archive::new();
    fill(&archive);
    let (dir, key) = archive.close();
    let store = Store::open_read_only(&dir.path().join("data")).expect("the archive's rows");
    let newest = store.checkpoint_up_to(TREE_SIZE_MAX).expect("a row").expect("a checkpoint").1;
    let request = request(&key, Some(newest), 1);
    criterion.bench_function("verifying since the newest checkpoint", |bencher| {
        bencher.iter(|| assert!(verify(&store, None, &request, |_| {}).is_right()));
    });
}

/// SHA-256 as `ring` chooses it for this machine, on what a verification hashes.
fn hashing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("SHA-256 on one core");
    let (leaf, body, medium) = ([b'l'; 530], [b'b'; 332], vec![b'm'; 1024 * 1024]);
    let (left, right) = (leaf_hash(&leaf), leaf_hash(&body));
    group.throughput(Throughput::Bytes(530));
    group.bench_function("a leaf of 530 bytes", |bencher| {
        bencher.iter(|| leaf_hash(black_box(&leaf)));
    });
    group.throughput(Throughput::Bytes(332));
    group.bench_function("a body of 332 bytes", |bencher| {
        bencher.iter(|| sha256(black_box(&body)));
    });
    group.throughput(Throughput::Bytes(65));
    group.bench_function("a node of the tree", |bencher| {
        bencher.iter(|| node_hash(black_box(&left), black_box(&right)));
    });
    group.throughput(Throughput::Bytes(1024 * 1024));
    group.bench_function("a medium of 1 MiB", |bencher| {
        bencher.iter(|| sha256(black_box(&medium)));
    });
    group.finish();
}

criterion_group!(benches, hashing, full_verification, daily_verification);
criterion_main!(benches);
