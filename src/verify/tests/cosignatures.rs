//! What witnesses cosigned, and what somebody made of it.

use zeroize::Zeroizing;

use super::archive::{Archive, FIRST_SIZE, ORIGIN, Open, SIZE};
use crate::store::rows::Family;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{CosignatureTime, CosigningKey, Note};
use crate::tlog::policy::Policy;
use crate::tlog::{TreeSize, leaf_hash};
use crate::verify::{Cosigned, FindingKind, Report};

fn witness(number: u8) -> CosigningKey {
    let name = format!("witness.example/{number}").parse().unwrap();
    CosigningKey::from_seed(name, Zeroizing::new([number; 32]))
}

/// Two witnesses, of whom so many are enough.
fn policy(enough: u8) -> Policy {
    let [one, two] = [1, 2].map(|number| witness(number).verifier().to_string());
    format!("witness Anna {one}\nwitness Ben {two}\ngroup G {enough} Anna Ben\nquorum G\n")
        .parse()
        .unwrap()
}

fn note(open: &Open, size: u64) -> Note {
    let note = open.row(Family::Checkpoints, &size.to_be_bytes());
    Note::parse(std::str::from_utf8(&note).unwrap()).unwrap()
}

fn put(open: &Open, size: u64, note: &str) {
    open.store.put_raw(Family::Checkpoints, &size.to_be_bytes(), note.as_bytes());
}

fn cosign(open: &Open, size: u64, by: u8) {
    let at = CosignatureTime::from_seconds(1_795_000_000).unwrap();
    let cosigned = note(open, size).cosign(&witness(by), at).unwrap();
    put(open, size, &cosigned.to_string());
}

/// An archive whose first checkpoint both witnesses cosigned, and whose second one of
/// them.
fn cosigned() -> (Archive, Open) {
    let archive = Archive::new();
    let mut open = archive.open();
    cosign(&open, FIRST_SIZE, 1);
    cosign(&open, FIRST_SIZE, 2);
    cosign(&open, SIZE, 1);
    open.request.policy = Some(policy(2));
    (archive, open)
}

fn not_checked(report: &Report) -> Vec<&str> {
    report.not_checked.iter().map(|not| not.what.as_str()).collect()
}

#[test]
fn the_report_says_how_far_the_policy_reaches() {
    let (_archive, mut open) = cosigned();
    let report = open.verify();
    assert!(report.is_right() && report.is_complete(), "{report}");
    let by = vec!["Anna".to_owned(), "Ben".to_owned()];
    assert_eq!(report.cosigned, Some(Cosigned { size: FIRST_SIZE, by }));
    assert_eq!((report.counts.cosignatures, report.counts.cosignatures_by_others), (3, 0));
    let line = format!("cosigned     the first {FIRST_SIZE} entries, by Anna, Ben\n");
    assert!(report.to_string().contains(&line), "{report}");

    open.request.policy = Some(policy(1));
    let report = open.verify();
    assert!(
        report.to_string().contains(&format!("cosigned     all {SIZE}, by Anna\n")),
        "{report}"
    );
    open.request.policy = Some("quorum none".parse().unwrap());
    let report = open.verify();
    assert!(report.is_complete() && report.to_string().contains("asks for nobody"), "{report}");
}

#[test]
fn without_a_policy_nobody_vouches_for_the_witnesses() {
    let (_archive, mut open) = cosigned();
    open.request.policy = None;
    let report = open.verify();
    assert!(report.is_right() && !report.is_complete(), "{report}");
    assert_eq!((&report.cosigned, report.counts.cosignatures_by_others), (&None, 3));
    assert_eq!(not_checked(&report), ["whose the cosignatures are"]);
    assert!(report.to_string().contains("--policy"), "{report}");
}

#[test]
fn a_policy_that_nothing_meets_leaves_something_unchecked() {
    let archive = Archive::new();
    let mut open = archive.open();
    open.request.policy = Some(policy(1));
    let report = open.verify();
    assert!(report.is_right() && !report.is_complete(), "{report}");
    assert_eq!(not_checked(&report), ["that witnesses vouch for these entries"]);
    assert!(report.to_string().contains("cosigned     nothing"), "{report}");
}

#[test]
fn a_false_cosignature_is_found_in_its_row() {
    let (_archive, open) = cosigned();
    let right = note(&open, FIRST_SIZE).to_string();
    // The cosignature of the other checkpoint, of the same size and time.
    let moved = note(&open, SIZE).signatures()[1].to_string();
    let lines: Vec<&str> = right.split_inclusive('\n').collect();
    let [text @ .., _first, second] = lines.as_slice() else { panic!("{right}") };
    let exchanged = [text.concat().as_str(), &moved, second].concat();
    put(&open, FIRST_SIZE, &exchanged);
    let report = open.verify();
    let [finding] = report.findings.as_slice() else { panic!("{report}") };
    assert_eq!(finding.kind, FindingKind::BadSignature);
    assert_eq!(finding.place.key.as_deref(), Some(FIRST_SIZE.to_string().as_str()));
    assert_eq!(report.cosigned, Some(Cosigned::default()), "it vouches for nothing");
    put(&open, FIRST_SIZE, &right);
    assert!(open.verify().is_right());
}

#[test]
fn a_flipped_bit_of_a_cosignature_is_found() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let (_archive, open) = cosigned();
    let right = note(&open, SIZE).to_string();
    let (before, blob) = right.trim_end().rsplit_once(' ').unwrap();
    let blob = STANDARD.decode(blob).unwrap();
    // Behind the key's id: the time and the signature.
    for at in (4..blob.len()).step_by(5) {
        let mut flipped = blob.clone();
        flipped[at] ^= 1 << (at % 8);
        put(&open, SIZE, &format!("{before} {}\n", STANDARD.encode(flipped)));
        let report = open.verify();
        let [finding] = report.findings.as_slice() else { panic!("byte {at}: {report}") };
        assert_eq!(finding.kind, FindingKind::BadSignature, "byte {at}");
    }
}

#[test]
fn cosignatures_on_a_tree_that_is_not_the_archives_vouch_for_nothing() {
    let (archive, mut open) = cosigned();
    open.request.policy = Some(policy(1));
    // Signed and cosigned, but of other entries than the archive has.
    let other = Checkpoint::new(ORIGIN, TreeSize::new(SIZE), leaf_hash(b"other entries")).unwrap();
    put(&open, SIZE, &checkpoint::sign(&other, &archive.signing_key()));
    cosign(&open, SIZE, 1);
    let report = open.verify();
    assert!(report.findings.iter().any(|found| found.kind == FindingKind::WrongRoot), "{report}");
    assert_eq!(report.cosigned.unwrap().size, FIRST_SIZE);
}

#[test]
fn an_interrupted_verification_keeps_what_was_cosigned() {
    let (_archive, open) = cosigned();
    let mut run = crate::verify::Run::begin(&open.store, Some(&open.keyring), &open.request);
    assert!(run.advance(1, 1, |_| {}));
    let saved = run.save();
    let mut run =
        crate::verify::Run::resume(&open.store, Some(&open.keyring), &open.request, &saved)
            .unwrap();
    while run.advance(2, u64::MAX, |_| {}) {}
    assert_eq!(run.finish().cosigned, open.verify().cosigned);
    let other = crate::verify::Request { policy: Some(policy(1)), ..open.request.clone() };
    let refused = crate::verify::Run::resume(&open.store, Some(&open.keyring), &other, &saved);
    assert!(refused.unwrap_err().to_string().contains("--policy"));
}
