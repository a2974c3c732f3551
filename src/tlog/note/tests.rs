use proptest::prelude::*;
use serde_json::Value;
use zeroize::Zeroizing;

use super::*;

const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/tlog/notes.json")).unwrap()
}

fn key_text(name: &str) -> String {
    vectors()["keys"][name].as_str().unwrap().to_owned()
}

fn signing_key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name.parse().unwrap(), Zeroizing::new([seed; 32]))
}

fn cosigning_key(name: &str, seed: u8) -> CosigningKey {
    CosigningKey::from_seed(name.parse().unwrap(), Zeroizing::new([seed; 32]))
}

/// The verdict on a note in the words of the vectors.
fn verdict(note: &str, keys: &[VerifierKey]) -> Value {
    let Ok(note) = Note::parse(note) else { return "malformed".into() };
    match note.verify(keys) {
        Ok(verified) => verified.iter().map(|found| found.key.name().as_str()).collect(),
        Err(Untrusted::NoKnownKey) => "no known key".into(),
        Err(Untrusted::BadSignature { .. }) => "bad signature".into(),
        Err(Untrusted::AmbiguousKey { .. }) => "ambiguous".into(),
    }
}

#[test]
fn others_notes_are_judged_as_they_judge_them() {
    let vectors = vectors();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let names = case["keys"].as_array().unwrap().iter();
        let keys = names.map(|name| key_text(name.as_str().unwrap()).parse().unwrap());
        let keys: Vec<VerifierKey> = keys.collect();
        let note = case["note"].as_str().unwrap();
        assert_eq!(verdict(note, &keys), case["want"], "{}", case["name"]);
        if let Ok(parsed) = Note::parse(note) {
            assert_eq!(parsed.to_string(), note, "{}", case["name"]);
        }
    }
}

#[test]
fn a_signature_by_anothers_key_is_the_same_as_theirs() {
    let peter: SigningKey = key_text("peter_private").parse().unwrap();
    let note = Note::sign(TEXT, &peter).unwrap().to_string();
    let theirs = vectors()["cases"][5]["note"].as_str().unwrap().to_owned();
    assert_eq!(note, theirs);
    assert_eq!(peter.verifier().to_string(), key_text("peter"));
    assert_eq!(*peter.to_private_text(), key_text("peter_private"));
}

#[test]
fn public_keys_of_others_survive_their_text() {
    for name in ["peter", "enoch", "example", "sumdb"] {
        let key: VerifierKey = key_text(name).parse().unwrap();
        assert_eq!(key.to_string(), key_text(name));
        assert_eq!(key.key_type(), KeyType::Ed25519);
    }
    assert_eq!(key_text("peter").parse::<VerifierKey>().unwrap().id().to_string(), "c74f20a3");
}

#[test]
fn no_part_of_a_key_and_no_key_with_a_character_changed_is_a_key() {
    let (public, private) = (key_text("peter"), key_text("peter_private"));
    for start in 0..private.len() {
        for end in start..=private.len() {
            if (start, end) != (0, private.len()) {
                assert!(private[start..end].parse::<SigningKey>().is_err());
            }
            if end <= public.len() && (start, end) != (0, public.len()) {
                assert!(public[start..end].parse::<VerifierKey>().is_err());
            }
        }
    }
    let changed = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] += 1;
        String::from_utf8(bytes).unwrap()
    };
    for at in 0..public.len() {
        assert!(changed(&public, at).parse::<VerifierKey>().is_err(), "{at}");
    }
    for at in 0..private.len() {
        assert!(changed(&private, at).parse::<SigningKey>().is_err(), "{at}");
    }
}

#[test]
fn a_bad_key_is_refused_for_what_is_wrong_with_it() {
    let vectors = vectors();
    let bad = |at: usize| vectors["bad_keys"][at].as_str().unwrap().parse::<VerifierKey>();
    assert!(bad(0).is_err());
    assert_eq!(bad(1), Err(BadKey::UnusableType(0x65)));
    let peter = key_text("peter");
    let parse = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(parse(&peter.replace("Peter", "Pieter")), BadKey::WrongId);
    assert_eq!(parse(&peter.replace("c74f", "C74F")), BadKey::Malformed);
    assert_eq!(parse(&peter.replace("Peter", "Peter ")), BadKey::Name(BadName));
    assert_eq!(parse(&"a".repeat(2_000)), BadKey::TooLong { bytes: 2_000 });
    assert_eq!(parse("a+00000000+AQ=="), BadKey::WrongLength(0));
    let cosigner = cosigning_key("w.example", 1).to_private_text();
    let refusal = cosigner.parse::<SigningKey>().unwrap_err();
    assert_eq!(refusal, BadKey::UnusableType(0x04));
    assert!(cosigner.parse::<CosigningKey>().is_ok());
}

#[test]
fn debug_output_hides_the_seed() {
    let key = signing_key("log.example", 7);
    let text = format!("{key:?}");
    assert_eq!(
        text,
        format!("SigningKey(PrivateKey(log.example+{}, secret))", key.verifier().id())
    );
}

#[test]
fn generated_keys_differ_and_survive_their_texts() {
    let generate = || SigningKey::generate("log.example".parse().unwrap()).unwrap();
    let (key, other) = (generate(), generate());
    assert_ne!(key.verifier(), other.verifier());
    let again: SigningKey = key.to_private_text().parse().unwrap();
    assert_eq!(again.verifier(), key.verifier());
    let note = Note::sign(TEXT, &again).unwrap();
    assert!(note.verify(std::slice::from_ref(key.verifier())).is_ok());
    assert_eq!(note.verify(std::slice::from_ref(other.verifier())), Err(Untrusted::NoKnownKey));
}

#[test]
fn names_with_spaces_plus_signs_or_nothing_are_refused() {
    for name in ["", " ", "a b", "a+b", "a\u{a0}b", "a\u{2003}b", "a\nb", "a\u{1}b", "a\u{85}b"] {
        assert_eq!(name.parse::<KeyName>(), Err(BadName), "{name:?}");
    }
    assert_eq!("log.example/été".parse::<KeyName>().unwrap().as_str(), "log.example/été");
}

#[test]
fn a_text_with_blank_lines_ends_at_the_last_one() {
    let key = signing_key("log.example", 1);
    for text in ["\n", "a\n\nb\n", "a\n\n", "\n\n\n", "— a b\n\n— c d\n"] {
        let note = Note::sign(text, &key).unwrap();
        let parsed = Note::parse(&note.to_string()).unwrap();
        assert_eq!(parsed, note);
        assert_eq!(parsed.text(), text);
        assert!(parsed.verify(std::slice::from_ref(key.verifier())).is_ok());
    }
}

#[test]
fn a_text_that_cannot_stand_in_a_note_is_not_signed() {
    let key = signing_key("log.example", 1);
    assert_eq!(Note::sign("", &key), Err(BadNote::OpenText));
    assert_eq!(Note::sign("abc", &key), Err(BadNote::OpenText));
    assert_eq!(Note::sign("a\tb\n", &key), Err(BadNote::ControlCharacter { at: 1 }));
    assert_eq!(Note::sign("a\r\n", &key), Err(BadNote::ControlCharacter { at: 1 }));
    let long = format!("{}\n", "a".repeat(NOTE_BYTES_MAX));
    assert!(matches!(Note::sign(&long, &key), Err(BadNote::TooLong { .. })));
}

#[test]
fn a_note_has_limits() {
    let key = signing_key("log.example", 1);
    let note = Note::sign("a\n", &key).unwrap().to_string();
    let line = note.strip_prefix("a\n\n").unwrap();
    let with = |signatures: usize| format!("a\n\n{}", line.repeat(signatures));
    assert_eq!(Note::parse(&with(100)).unwrap().signatures().len(), 100);
    assert_eq!(Note::parse(&with(101)), Err(BadNote::TooManySignatures));
    let bytes = NOTE_BYTES_MAX + 1;
    assert_eq!(Note::parse(&"a".repeat(bytes)), Err(BadNote::TooLong { bytes }));
}

#[test]
fn malformed_signature_lines_are_told_by_number() {
    let key = signing_key("log.example", 1);
    let note = Note::sign("a\n", &key).unwrap().to_string();
    let lines = [
        "x\n",
        "—\n",
        "— \n",
        "— a\n",
        "— a \n",
        "— a AAAA\n",
        "— a AAAAAA==\n",
        "— a  AAAAAAA=\n",
        "— a AAAAAAA\n",
        "— a AAAAAAB=\n",
        "-- a AAAAAAA=\n",
        "— a+b AAAAAAA=\n",
        "— a AAAAAAA= \n",
        "— a AAAAAAA=",
    ];
    for line in lines {
        let refusal = Note::parse(&format!("{note}{line}"));
        assert_eq!(refusal, Err(BadNote::BadSignatureLine { line: 2 }), "{line:?}");
    }
    assert!(Note::parse(&format!("{note}— a AAAAAAA=\n")).is_ok());
}

#[test]
fn signatures_that_share_only_a_name_or_an_id_are_ignored() {
    let (key, same_name) = (signing_key("log.example", 1), signing_key("log.example", 2));
    let note = Note::sign("a\n", &same_name).unwrap();
    assert_eq!(note.verify(std::slice::from_ref(key.verifier())), Err(Untrusted::NoKnownKey));
    let renamed = Note::sign("a\n", &key).unwrap().to_string().replace("log.example", "x.example");
    let renamed = Note::parse(&renamed).unwrap();
    assert_eq!(renamed.verify(std::slice::from_ref(key.verifier())), Err(Untrusted::NoKnownKey));
}

#[test]
fn a_cosignature_states_its_time_and_leaves_the_logs_signature() {
    let (log, witness) = (signing_key("log.example", 1), cosigning_key("w.example", 2));
    let keys = [log.verifier().clone(), witness.verifier().clone()];
    let at = |seconds| CosignatureTime::from_seconds(seconds).unwrap();
    let note = Note::sign(TEXT, &log).unwrap().cosign(&witness, at(1_679_315_147)).unwrap();
    let note = Note::parse(&note.to_string()).unwrap();
    let times: Vec<_> = note.verify(&keys).unwrap().iter().map(|v| v.cosigned_at).collect();
    assert_eq!(times, [None, Some(at(1_679_315_147))]);
    let line = note.signatures()[1].to_string();
    assert_eq!(line.len(), "— w.example \n".len() + 104);

    let later = note.cosign(&witness, at(1_679_315_148)).unwrap();
    let times: Vec<_> = later.verify(&keys).unwrap().iter().map(|v| v.cosigned_at).collect();
    assert_eq!(times, [None, Some(at(1_679_315_148))]);
}

#[test]
fn a_cosignature_is_over_the_time_and_the_whole_text() {
    let witness = cosigning_key("w.example", 2);
    let at = CosignatureTime::from_seconds(1_679_315_147).unwrap();
    let signature = witness.sign("log.example\n0\nroot\n", at);
    let message = "cosignature/v1\ntime 1679315147\nlog.example\n0\nroot\n";
    let (time, bare) = signature.bytes.split_at(8);
    assert_eq!(time, 1_679_315_147_u64.to_be_bytes());
    assert!(witness.verifier().verifies(message.as_bytes(), bare));
    let other_time = [&1_679_315_148_u64.to_be_bytes(), bare].concat();
    let other_text = "log.example\n1\nroot\n";
    for (text, bytes) in [
        ("log.example\n0\nroot\n", other_time.as_slice()),
        (other_text, &signature.bytes),
        ("log.example\n0\nroot\n", bare),
        ("log.example\n0\nroot\n", &signature.bytes[..7]),
    ] {
        assert_eq!(cosignature::verify(text, bytes, witness.verifier()), None);
    }
    assert_eq!(CosignatureTime::from_seconds(1 << 63), Err(TimeTooLarge));
}

#[test]
fn the_same_seed_gives_the_log_and_the_witness_different_ids() {
    let (log, witness) = (signing_key("x.example", 3), cosigning_key("x.example", 3));
    assert_ne!(log.verifier().id(), witness.verifier().id());
    let witness_key: VerifierKey = witness.verifier().to_string().parse().unwrap();
    assert_eq!(witness_key.key_type(), KeyType::CosignatureV1);
    let note = Note::sign("a\n", &log).unwrap();
    assert_eq!(note.verify(&[witness_key]), Err(Untrusted::NoKnownKey));
}

proptest! {
    #[test]
    fn a_note_with_a_bit_flipped_does_not_verify_or_parse(
        text in "[a-z \n]{0,60}\n",
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let key = signing_key("log.example", 1);
        let mut bytes = Note::sign(&text, &key).unwrap().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let verdict = String::from_utf8(bytes).ok().and_then(|note| Note::parse(&note).ok());
        if let Some(note) = verdict {
            prop_assert!(note.verify(std::slice::from_ref(key.verifier())).is_err());
        }
    }

    #[test]
    fn what_parses_is_written_the_same(note in "([a-c—+ ]|\n|\n\n|— a AAAAAAA=\n|— b AAAAAAAB\n){0,12}") {
        if let Ok(parsed) = Note::parse(&note) {
            prop_assert_eq!(parsed.to_string(), note);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(note: String, key: String) {
        let _ = Note::parse(&note).map(|parsed| parsed.verify(&[]));
        prop_assert!(key.parse::<SigningKey>().is_err());
    }
}
