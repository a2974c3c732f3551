//! Verifying a whole archive from its bytes, on one core and on all.
//!
//! Without the identity everything is hashed and compared; with it every record
//! is opened and read as well.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use muniment::log::{Draft, Group, OnceKey};
use muniment::record::Class;
use muniment::seal::Keyring;
use muniment::verify::{Request, verify};

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

fn check(archive: &Archive, keyring: Option<&Keyring>, threads: usize) {
    let key = Some(archive.key.verifier().clone());
    let request = Request { origin: ORIGIN.to_owned(), key, outside: vec![], threads };
    let report = verify(archive.log.store(), keyring, &request, |_| {});
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

criterion_group!(benches, full_verification);
criterion_main!(benches);
