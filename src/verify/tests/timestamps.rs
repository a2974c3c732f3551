//! What an authority stamped, and what somebody made of it.

use super::archive::{Archive, FIRST_SIZE, Open, SIZE};
use crate::store::rows::Family;
use crate::timestamp::fixtures::{Authority, Key};
use crate::timestamp::{Authorities, query};
use crate::tlog::note::Note;
use crate::verify::{FindingKind, Report, Stamped};

/// An archive with both of its checkpoints stamped.
struct StampedArchive {
    open: Open,
    authority: Authority,
    _archive: Archive,
}

impl StampedArchive {
    fn new() -> Self {
        let (archive, authority) = (Archive::new(), Authority::new(Key::P256));
        let mut open = archive.open();
        for size in [FIRST_SIZE, SIZE] {
            let note = open.row(Family::Checkpoints, &size.to_be_bytes());
            let note = Note::parse(std::str::from_utf8(&note).unwrap()).unwrap();
            let response = authority.reply(&query(note.text().as_bytes(), 7));
            open.store.put_raw(Family::Timestamps, &size.to_be_bytes(), &response);
        }
        let root = Authorities::from_pem(&authority.read("root.pem")).unwrap();
        open.request.authorities = Some(root);
        Self { open, authority, _archive: archive }
    }

    fn row(&self, size: u64) -> Vec<u8> {
        self.open.row(Family::Timestamps, &size.to_be_bytes())
    }

    fn put(&self, size: u64, response: &[u8]) {
        self.open.store.put_raw(Family::Timestamps, &size.to_be_bytes(), response);
    }
}

/// The one finding about timestamps: its key and its kind.
fn found(report: &Report) -> (String, FindingKind) {
    let about = |finding: &&crate::verify::Finding| finding.place.rows == "timestamps";
    let findings: Vec<_> = report.findings.iter().filter(about).collect();
    let [finding] = findings.as_slice() else { panic!("{report}") };
    (finding.place.key.clone().unwrap(), finding.kind)
}

#[test]
fn timestamps_that_are_right_are_told_with_the_newest() {
    let stamped = StampedArchive::new();
    let report = stamped.open.verify();
    assert!(report.is_right() && report.is_complete(), "{report}");
    assert_eq!(report.counts.timestamps, 2);
    let Some(Stamped { size: SIZE, time }) = report.stamped else { panic!("{report}") };
    let line = format!("2, the newest says that the first {SIZE} entries existed at {time}");
    assert!(report.to_string().contains(&line), "{report}");
}

#[test]
fn without_a_certificate_nobody_vouches_for_the_signers() {
    let mut stamped = StampedArchive::new();
    stamped.open.request.authorities = None;
    let report = stamped.open.verify();
    assert!(report.is_right() && !report.is_complete(), "{report}");
    assert_eq!((report.counts.timestamps, report.stamped), (2, None));
    let whose = report.not_checked.iter().find(|not| not.what.contains("whose the timestamps"));
    assert!(whose.unwrap().why.contains("--tsa-ca"), "{report}");
    // What takes no certificate is checked all the same.
    let mut response = stamped.row(SIZE);
    let last = response.len() - 1;
    response[last] ^= 1;
    stamped.put(SIZE, &response);
    let told = found(&stamped.open.verify());
    assert!(told.0 == SIZE.to_string() && told.1 == FindingKind::BadSignature, "{told:?}");
}

#[test]
fn any_flipped_bit_of_a_timestamp_is_found_in_its_row() {
    let stamped = StampedArchive::new();
    let response = stamped.row(FIRST_SIZE);
    // Every bit is flipped in the tests of `timestamp`: here, some of all parts.
    for at in (9..response.len()).step_by(97) {
        let mut flipped = response.clone();
        flipped[at] ^= 1 << (at % 8);
        stamped.put(FIRST_SIZE, &flipped);
        assert_eq!(found(&stamped.open.verify()).0, FIRST_SIZE.to_string(), "byte {at}");
    }
    stamped.put(FIRST_SIZE, &response);
    assert!(stamped.open.verify().is_right(), "the row was put back");
}

#[test]
fn a_timestamp_of_something_else_or_of_nothing_is_found() {
    let stamped = StampedArchive::new();
    let (first, second) = (stamped.row(FIRST_SIZE), stamped.row(SIZE));
    stamped.put(SIZE, &first);
    let told = found(&stamped.open.verify());
    assert_eq!(told, (SIZE.to_string(), FindingKind::WrongContent));
    stamped.put(SIZE, b"");
    assert_eq!(found(&stamped.open.verify()), (SIZE.to_string(), FindingKind::Malformed));
    stamped.put(SIZE, &second);
    for size in [SIZE - 1, SIZE + 1000] {
        stamped.put(size, &second);
        let told = found(&stamped.open.verify());
        assert_eq!(told, (size.to_string(), FindingKind::Missing), "a checkpoint that never was");
        stamped.open.store.delete_raw(Family::Timestamps, &size.to_be_bytes());
    }
    stamped.open.store.put_raw(Family::Timestamps, b"key", &second);
    let told = found(&stamped.open.verify());
    assert_eq!(told, (hex::encode(b"key"), FindingKind::Orphan));
    stamped.open.store.delete_raw(Family::Timestamps, b"key");
    stamped.open.store.delete_raw(Family::Checkpoints, &FIRST_SIZE.to_be_bytes());
    assert_eq!(found(&stamped.open.verify()), (FIRST_SIZE.to_string(), FindingKind::Missing));
}

#[test]
fn somebody_elses_timestamp_is_found() {
    let mut stamped = StampedArchive::new();
    let other = Authority::new(Key::P256);
    let root = Authorities::from_pem(&other.read("root.pem")).unwrap();
    stamped.open.request.authorities = Some(root);
    let report = stamped.open.verify();
    let kinds: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::BadSignature; 2], "{report}");
    assert_eq!((report.counts.timestamps, report.stamped), (0, None));
    assert!(!stamped.authority.read("root.pem").is_empty());
}
