use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::tlog::note::SigningKey;

fn kept() -> Kept {
    Kept {
        record: RecordId::from_bytes([7; 16]),
        class: Class::Message,
        bucket: "message-2026-11".into(),
        sealed_sha256: Hash::from_bytes([1; 32]),
        sealed_size: 381,
        commitment: Hash::from_bytes([2; 32]),
    }
}

fn entry(event: Event) -> Entry {
    Entry {
        index: LeafIndex::new(12),
        time: "2026-11-21T06:46:18.000120Z".parse().unwrap(),
        event,
        prev: Hash::from_bytes([0xab; 32]),
    }
}

pub(super) fn every_kind() -> Vec<Entry> {
    let id = RecordId::from_bytes([9; 16]);
    let mut all = vec![
        entry(Event::Began { origin: "archive.example/halyard".into() }),
        entry(Event::Captured { kept: kept(), delivery: None }),
        entry(Event::Captured { kept: kept(), delivery: Some(id) }),
    ];
    for matches in [None, Some(true), Some(false)] {
        all.push(entry(Event::Linked { record: id, medium: id, matches }));
    }
    for reason in MissedReason::ALL {
        all.push(entry(Event::Missed { record: id, reason }));
    }
    for act in Act::ALL {
        let who = "a1b2c3".to_owned();
        all.push(entry(Event::Accessed { kept: kept(), who, act, target: Some(id) }));
    }
    for digest in [None, Some(Hash::from_bytes([5; 32]))] {
        all.push(entry(Event::Governed { kept: kept(), who: "a1b2c3".into(), digest }));
    }
    all.push(entry(Event::Destroyed { run: id, entries: "2-5,7,9-11".parse().unwrap() }));
    let [old, new] = [1, 2].map(|seed| {
        SigningKey::from_seed("a.example/1".parse().unwrap(), Zeroizing::new([seed; 32]))
    });
    let hand_over = HandOver::sign(LeafIndex::new(12), &old, &new).unwrap();
    all.push(entry(Event::HandedOver(Box::new(hand_over))));
    for (finding, at) in Finding::ALL.into_iter().zip([None, Some(0), Some(7), Some(u64::MAX)]) {
        all.push(entry(Event::Found { finding, by: "witness.example/é".into(), at }));
    }
    all
}

#[test]
fn the_line_of_a_captured_message_is_this() {
    let delivery = Some(RecordId::from_bytes([9; 16]));
    let leaf = encode(&entry(Event::Captured { kept: kept(), delivery }));
    let expected = concat!(
        r#"{"v":1,"index":12,"time":"2026-11-21T06:46:18.000120Z","kind":"captured","#,
        r#""record":"07070707070707070707070707070707","class":"message","#,
        r#""bucket":"message-2026-11","sealed":{"sha256":"#,
        r#""0101010101010101010101010101010101010101010101010101010101010101","size":381},"#,
        r#""commitment":"0202020202020202020202020202020202020202020202020202020202020202","#,
        r#""delivery":"09090909090909090909090909090909","#,
        r#""prev":"abababababababababababababababababababababababababababababababab"}"#,
    );
    assert_eq!(String::from_utf8(leaf).unwrap(), expected);
}

#[test]
fn every_kind_of_entry_survives_its_line() {
    for entry in every_kind() {
        assert_eq!(decode(&encode(&entry)).unwrap(), entry);
    }
}

#[test]
fn a_line_in_another_spelling_is_refused() {
    let leaf = String::from_utf8(encode(&every_kind()[1])).unwrap();
    let spaced = leaf.replacen(':', ": ", 1);
    assert!(matches!(decode(spaced.as_bytes()), Err(DecodeError::NotCanonical)));
    let precise = leaf.replacen("18.000120Z", "18.00012Z", 1);
    assert!(matches!(decode(precise.as_bytes()), Err(DecodeError::NotCanonical)));
    let foreign = leaf.replacen("{\"v\":1,", "{\"v\":1,\"x\":1,", 1);
    assert!(matches!(decode(foreign.as_bytes()), Err(DecodeError::Json(_))));
}

#[test]
fn a_hand_over_in_another_place_and_a_finder_of_too_many_letters_are_refused() {
    let hand_over = every_kind().into_iter().find(|entry| entry.event.kind() == "handed_over");
    let moved = Entry { index: LeafIndex::new(13), ..hand_over.unwrap() };
    assert!(matches!(decode(&encode(&moved)), Err(DecodeError::Field("note"))));
    let long =
        |bytes: usize| Event::Found { finding: Finding::Fork, by: "x".repeat(bytes), at: None };
    assert!(decode(&encode(&entry(long(FOUND_BY_BYTES_MAX)))).is_ok());
    let error = decode(&encode(&entry(long(FOUND_BY_BYTES_MAX + 1)))).unwrap_err();
    assert!(matches!(error, DecodeError::Field("by")));
}

#[test]
fn a_leaf_longer_than_a_bundle_holds_is_refused_whichever_way_it_is_read() {
    let with_origin = |bytes| entry(Event::Began { origin: "x".repeat(bytes) });
    let blank = encode(&with_origin(0)).len();
    let longest = encode(&with_origin(LEAF_BYTES_MAX - blank));
    assert_eq!(longest.len(), LEAF_BYTES_MAX);
    assert!(decode(&longest).is_ok());
    let quickly = {
        let bucket = "b".repeat(LEAF_BYTES_MAX);
        entry(Event::Captured { kept: Kept { bucket, ..kept() }, delivery: None })
    };
    for leaf in [line_of(&with_origin(LEAF_BYTES_MAX - blank + 1)), line_of(&quickly)] {
        let refused = decode(&leaf).unwrap_err();
        assert!(matches!(refused, DecodeError::TooLong { bytes } if bytes == leaf.len()));
    }
    // Short enough as it stands, and too long as it would be written.
    let longer = line_of(&with_origin(LEAF_BYTES_MAX - blank + ".000120".len()));
    let shorter = String::from_utf8(longer).unwrap().replacen("18.000120Z", "18Z", 1);
    assert_eq!(shorter.len(), LEAF_BYTES_MAX);
    assert!(matches!(decode(shorter.as_bytes()), Err(DecodeError::NotCanonical)));
}

#[test]
fn an_entry_destroys_only_what_stands_before_it() {
    let id = RecordId::from_bytes([9; 16]);
    let destroyed = |entries: &str| {
        encode(&entry(Event::Destroyed { run: id, entries: entries.parse().unwrap() }))
    };
    assert!(decode(&destroyed("0,11")).is_ok());
    for entries in ["12", "11-13"] {
        assert!(matches!(decode(&destroyed(entries)), Err(DecodeError::Field("entries"))));
    }
    let spelled = String::from_utf8(destroyed("5-6")).unwrap().replace("5-6", "5,6");
    assert!(matches!(decode(spelled.as_bytes()), Err(DecodeError::Field("entries"))));
}

#[test]
fn a_newer_form_and_an_unknown_kind_are_named() {
    let leaf = String::from_utf8(encode(&every_kind()[1])).unwrap();
    let newer = leaf.replacen("{\"v\":1", "{\"v\":2", 1);
    assert!(matches!(decode(newer.as_bytes()), Err(DecodeError::Version(2))));
    let other = leaf.replacen("captured", "imagined", 1);
    assert!(decode(other.as_bytes()).unwrap_err().to_string().contains("imagined"));
}

proptest! {
    #[test]
    fn no_flipped_bit_of_a_line_reads_as_the_same_entry(kind in 0..22usize, at in 0..4096usize, bit in 0..8u8) {
        let entry = &every_kind()[kind % every_kind().len()];
        let mut leaf = encode(entry);
        let at = at % leaf.len();
        leaf[at] ^= 1 << bit;
        if let Ok(read) = decode(&leaf) {
            prop_assert_ne!(&read, entry);
        }
    }
}
