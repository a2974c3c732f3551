use proptest::prelude::*;
use std::convert::Infallible;
use zeroize::Zeroizing;

use super::*;
use crate::tlog::checkpoint;
use crate::tlog::model;
use crate::tlog::note::{CosignatureTime, CosigningKey, SigningKey, Untrusted};
use crate::tlog::position::TreeSize;
use crate::tlog::proof::{PROOF_HASHES_MAX, inclusion};
use crate::tlog::tree::Edge;

const ORIGIN: &str = "log.example/archive";

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([1; 32]))
}

/// The receipt for a leaf of the model's log, which must be smaller than a tile.
fn receipt(index: u64, size: u64) -> Receipt {
    let (mut edge, size) = (Edge::empty(), TreeSize::new(size));
    model::leaves(size.get()).iter().for_each(|leaf| drop(edge.push(*leaf)));
    let index = LeafIndex::new(index);
    let read = |at| Ok::<_, Infallible>(edge.partial_tile(at));
    let proof = inclusion(index, size, read).unwrap();
    let head = Checkpoint::new(ORIGIN, size, edge.root()).unwrap();
    let note = Note::parse(&checkpoint::sign(&head, &key())).unwrap();
    Receipt::new(index, proof, note)
}

fn leaf(index: u64) -> Vec<u8> {
    index.to_string().into_bytes()
}

#[test]
fn a_receipt_has_the_form_of_the_specification() {
    let receipt = receipt(1, 3).with_extra(b"extra".to_vec()).unwrap();
    let [sibling, right] = receipt.proof().hashes() else { panic!("two levels") };
    let expected = format!(
        "c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 1\n{}\n{}\n\n{}",
        sibling.to_base64(),
        right.to_base64(),
        receipt.checkpoint(),
    );
    assert_eq!(receipt.to_string(), expected);
    assert!(expected.contains("\n\nlog.example/archive\n3\n"));
}

#[test]
fn the_only_leaf_needs_no_hashes() {
    let receipt = receipt(0, 1);
    assert!(receipt.to_string().starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example"));
    assert_eq!(receipt.to_string().parse(), Ok(receipt.clone()));
    assert!(receipt.verify(&leaf(0), key().verifier(), ORIGIN).is_ok());
}

#[test]
fn a_receipt_proves_its_entry_and_no_other() {
    let receipt = receipt(40, 99);
    let key = key();
    let found = receipt.verify(&leaf(40), key.verifier(), ORIGIN).unwrap();
    assert_eq!(found.size(), TreeSize::new(99));
    let refusal = receipt.verify(&leaf(41), key.verifier(), ORIGIN);
    assert!(matches!(refusal, Err(ReceiptError::Inclusion(VerifyError::RootMismatch { .. }))));
    let moved: Receipt = receipt.to_string().replace("index 40", "index 41").parse().unwrap();
    assert!(matches!(
        moved.verify(&leaf(40), key.verifier(), ORIGIN),
        Err(ReceiptError::Inclusion(_))
    ));
    let beyond: Receipt = receipt.to_string().replace("index 40", "index 99").parse().unwrap();
    assert!(matches!(
        beyond.verify(&leaf(40), key.verifier(), ORIGIN),
        Err(ReceiptError::Inclusion(VerifyError::IndexBeyondTree { .. }))
    ));
}

#[test]
fn a_receipt_of_another_log_proves_nothing() {
    let other = SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([2; 32]));
    let receipt = receipt(0, 2);
    assert_eq!(
        receipt.verify(&leaf(0), other.verifier(), ORIGIN),
        Err(ReceiptError::Checkpoint(OpenError::Untrusted(Untrusted::NoKnownKey)))
    );
    assert!(matches!(
        receipt.verify(&leaf(0), key().verifier(), "log.example/other"),
        Err(ReceiptError::Checkpoint(OpenError::OtherOrigin { .. }))
    ));
}

#[test]
fn cosignatures_stay_on_a_receipt() {
    let plain = receipt(0, 2);
    let witness = CosigningKey::generate("w.example".parse().unwrap()).unwrap();
    let at = CosignatureTime::from_seconds(1_800_000_000).unwrap();
    let note = plain.checkpoint().clone().cosign(&witness, at).unwrap();
    let cosigned = Receipt::new(plain.index(), plain.proof().clone(), note);
    let parsed: Receipt = cosigned.to_string().parse().unwrap();
    assert!(parsed.verify(&leaf(0), key().verifier(), ORIGIN).is_ok());
    let verified = parsed.checkpoint().verify(std::slice::from_ref(witness.verifier())).unwrap();
    assert_eq!(verified[0].cosigned_at, Some(at));
    let keys = [key().verifier().clone(), witness.verifier().clone()];
    let proven = parsed.verify_by(&leaf(0), &keys).unwrap();
    let times: Vec<_> = proven.signatures.iter().map(|found| found.cosigned_at).collect();
    assert_eq!((proven.checkpoint.size(), times), (TreeSize::new(2), vec![None, Some(at)]));
    assert!(parsed.verify_by(&leaf(1), &keys).is_err());
    assert!(parsed.verify_by(&leaf(0), &keys[1..]).is_err(), "a witness is not the log");
}

#[test]
fn malformed_receipts_are_refused_for_what_is_wrong() {
    let good = receipt(0, 2).to_string();
    let hash = model::leaves(1)[0].to_base64();
    let with = |from: &str, to: &str| good.replacen(from, to, 1).parse::<Receipt>().unwrap_err();
    assert_eq!(with("@v1", "@v2"), BadReceipt::Header);
    assert_eq!(with("@v1\n", "@v1 \n"), BadReceipt::Header);
    assert_eq!(with("c2sp", "\nc2sp"), BadReceipt::Header);
    assert_eq!(with("index 0\n", ""), BadReceipt::NoIndex);
    assert_eq!(with("index 0", "Index 0"), BadReceipt::NoIndex);
    assert_eq!(with("index 0", "index 00"), BadReceipt::Index(BadNumber));
    assert_eq!(with("index 0", "index  0"), BadReceipt::Index(BadNumber));
    assert_eq!(with("index", "extra \nindex"), BadReceipt::Extra);
    assert_eq!(with("index", "extra A\nindex"), BadReceipt::Extra);
    assert_eq!(with("index", "extra AA==\nextra AA==\nindex"), BadReceipt::NoIndex);
    let bad_hash = |line| BadReceipt::Hash { line, source: BadHash::Base64 };
    assert_eq!(with("index 0\n", "index 0\nextra AA==\n"), bad_hash(1));
    assert_eq!(with("index 0\n", &format!("index 0\n{hash}\nA\n")), bad_hash(2));
    let hashes = PROOF_HASHES_MAX + 1;
    assert_eq!(
        with("index 0\n", &format!("index 0\n{}", format!("{hash}\n").repeat(hashes - 1))),
        BadReceipt::Proof(ProofTooLong { hashes })
    );
    assert_eq!(with("\n\nlog", "\nlog"), bad_hash(2));
    assert!(matches!(with("— ", "- "), BadReceipt::Checkpoint(_)));
    assert_eq!(
        "c2sp.org/tlog-proof@v1\nindex 0\n".parse::<Receipt>(),
        Err(BadReceipt::NoCheckpoint)
    );
    let bytes = RECEIPT_BYTES_MAX + 1;
    assert_eq!("a".repeat(bytes).parse::<Receipt>(), Err(BadReceipt::TooLong { bytes }));
}

#[test]
fn the_longest_receipt_is_within_the_limit() {
    let extra = vec![0; EXTRA_BYTES_MAX];
    let receipt = receipt(0, 2).with_extra(extra).unwrap();
    let longest_note = crate::tlog::note::NOTE_BYTES_MAX;
    let note = receipt.checkpoint().to_string().len();
    assert!(receipt.to_string().len() - note + longest_note + 63 * 45 <= RECEIPT_BYTES_MAX);
    assert_eq!(receipt.to_string().parse(), Ok(receipt.clone()));
    assert_eq!(receipt.with_extra(vec![0; EXTRA_BYTES_MAX + 1]), Err(BadReceipt::Extra));
}

proptest! {
    #[test]
    fn a_receipt_survives_its_text_and_proves_its_entry(
        size in 1..256_u64,
        index: prop::sample::Index,
        extra: Vec<u8>,
    ) {
        let index = index.index(usize::try_from(size).unwrap()) as u64;
        let receipt = receipt(index, size).with_extra(extra).unwrap();
        let parsed: Receipt = receipt.to_string().parse().unwrap();
        prop_assert_eq!(&parsed, &receipt);
        prop_assert!(parsed.verify(&leaf(index), key().verifier(), ORIGIN).is_ok());
    }

    #[test]
    fn a_receipt_with_a_bit_flipped_proves_nothing(
        size in 1..256_u64,
        index: prop::sample::Index,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let index = index.index(usize::try_from(size).unwrap()) as u64;
        let mut bytes = receipt(index, size).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let parsed = String::from_utf8(bytes).ok().and_then(|text| text.parse::<Receipt>().ok());
        if let Some(receipt) = parsed {
            prop_assert!(receipt.verify(&leaf(index), key().verifier(), ORIGIN).is_err());
        }
    }
}
