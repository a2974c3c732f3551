use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::tlog::leaf_hash;
use crate::tlog::note::{CosignatureTime, CosigningKey};

const ORIGIN: &str = "log.example/archive";
const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name.parse().unwrap(), Zeroizing::new([seed; 32]))
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(ORIGIN, TreeSize::new(size), leaf_hash(b"x")).unwrap()
}

#[test]
fn the_specifications_example_is_read_and_written_the_same() {
    let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size(), TreeSize::new(20_852_163));
    assert_eq!(checkpoint.root().to_base64(), ROOT);
    assert!(checkpoint.extensions().is_empty());
    assert_eq!(checkpoint.to_string(), text);
}

#[test]
fn a_go_checksum_database_checkpoint_is_one_of_ours() {
    let text = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n";
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(*checkpoint.root(), leaf_hash(b"hello world"));
    assert_eq!(checkpoint.to_string(), text);
}

#[test]
fn malformed_texts_are_refused_for_what_is_wrong() {
    let empty = EMPTY_ROOT.to_base64();
    let refusals = [
        (String::new(), BadCheckpoint::Lines),
        ("o\n1\n".into(), BadCheckpoint::Lines),
        (format!("o\n1\n{ROOT}"), BadCheckpoint::Lines),
        (format!("\n1\n{ROOT}\n"), BadCheckpoint::Lines),
        (format!("o\n\n{ROOT}\n"), BadCheckpoint::Lines),
        (format!("o\n01\n{ROOT}\n"), BadCheckpoint::Size(BadNumber)),
        (format!("o\n-1\n{ROOT}\n"), BadCheckpoint::Size(BadNumber)),
        (format!("o\n9223372036854775808\n{ROOT}\n"), BadCheckpoint::Size(BadNumber)),
        (format!("o\n1\n{}\n", &ROOT[..43]), BadCheckpoint::Root(BadHash::Base64)),
        (format!("o\n1\n{ROOT} \n"), BadCheckpoint::Root(BadHash::Base64)),
        ("o\n1\nAAAA\n".into(), BadCheckpoint::Root(BadHash::Base64)),
        (format!("o\n0\n{ROOT}\n"), BadCheckpoint::EmptyTreeRoot),
        (format!("o\n1\n{empty}\n\n"), BadCheckpoint::Extension),
        (format!("o\n1\n{empty}\na\n\n"), BadCheckpoint::Extension),
        (format!("o\r\n1\n{ROOT}\n"), BadCheckpoint::Origin),
        (format!("{}\n1\n{ROOT}\n", "o".repeat(256)), BadCheckpoint::Origin),
        (format!("o\n1\n{ROOT}\n{}", "a\n".repeat(17)), BadCheckpoint::Extension),
    ];
    for (text, refusal) in refusals {
        assert_eq!(text.parse::<Checkpoint>(), Err(refusal), "{text:?}");
    }
    assert!(format!("o\n0\n{empty}\n").parse::<Checkpoint>().is_ok());
}

#[test]
fn what_would_not_read_again_cannot_be_stated() {
    let new = |origin, size| Checkpoint::new(origin, TreeSize::new(size), leaf_hash(b"x"));
    assert_eq!(new("", 1), Err(BadCheckpoint::Origin));
    assert_eq!(new("a\nb", 1), Err(BadCheckpoint::Origin));
    assert_eq!(new("a", 0), Err(BadCheckpoint::EmptyTreeRoot));
    let large = TreeSize::new(1 << 63);
    assert_eq!(new("a", 1 << 63), Err(BadCheckpoint::SizeTooLarge(large)));
    for line in ["", "a\nb", "\t", &"a".repeat(EXTENSION_BYTES_MAX + 1)] {
        assert_eq!(checkpoint(1).with_extension(line), Err(BadCheckpoint::Extension));
    }
}

#[test]
fn the_longest_checkpoint_can_be_signed() {
    let origin = "o".repeat(ORIGIN_BYTES_MAX);
    let short = Checkpoint::new(&origin, TREE_SIZE_MAX, leaf_hash(b"x")).unwrap();
    let line = "e".repeat(EXTENSION_BYTES_MAX);
    let longest =
        (0..EXTENSIONS_MAX).try_fold(short, |text, _| text.with_extension(&line)).unwrap();
    let key = key(&"n".repeat(ORIGIN_BYTES_MAX), 1);
    assert_eq!(open(&sign(&longest, &key), key.verifier(), &origin), Ok(longest));
}

#[test]
fn a_signed_checkpoint_opens_with_the_right_key_and_origin_only() {
    let key = key(ORIGIN, 1);
    let signed = checkpoint(7).with_extension("an extension").unwrap();
    let note = sign(&signed, &key);
    assert_eq!(open(&note, key.verifier(), ORIGIN), Ok(signed));

    let other = super::tests::key(ORIGIN, 2);
    let refusal = open(&note, other.verifier(), ORIGIN);
    assert_eq!(refusal, Err(OpenError::Untrusted(Untrusted::NoKnownKey)));
    let refusal = open(&note, key.verifier(), "log.example/other");
    let (found, expected) = (ORIGIN.to_owned(), "log.example/other".to_owned());
    assert_eq!(refusal, Err(OpenError::OtherOrigin { found, expected }));
    let refusal = open(&note.replace("\n7\n", "\n8\n"), key.verifier(), ORIGIN);
    assert!(matches!(refusal, Err(OpenError::Untrusted(Untrusted::BadSignature { .. }))));
    assert!(matches!(open("", key.verifier(), ORIGIN), Err(OpenError::Note(_))));
}

#[test]
fn any_key_of_the_log_opens_its_checkpoint_and_no_other_key_does() {
    let (old, new, other) = (key(ORIGIN, 1), key(ORIGIN, 2), key("log.example/other", 3));
    let witness = CosigningKey::from_seed("w.example".parse().unwrap(), Zeroizing::new([4; 32]));
    let at = CosignatureTime::from_seconds(1_800_000_000).unwrap();
    let note = Note::parse(&sign(&checkpoint(7), &new)).unwrap().cosign(&witness, at).unwrap();
    let by = |keys: &[&VerifierKey]| {
        let keys: Vec<VerifierKey> = keys.iter().copied().cloned().collect();
        open_by(&note, &keys).map(|(found, verified)| (found, verified.len()))
    };
    let (old, new, other) = (old.verifier(), new.verifier(), other.verifier());
    assert_eq!(by(&[old, new]), Ok((checkpoint(7), 1)));
    assert_eq!(by(&[new, witness.verifier()]), Ok((checkpoint(7), 2)));
    let unknown = Err(OpenError::Untrusted(Untrusted::NoKnownKey));
    assert_eq!(by(&[old, other]), unknown);
    assert_eq!(by(&[witness.verifier()]), unknown);
    assert_eq!(by(&[]), unknown);
    let forged = key("log.example/other", 3);
    let forged = Note::parse(&sign(&checkpoint(7), &forged)).unwrap();
    let refusal = open_by(&forged, std::slice::from_ref(other)).unwrap_err();
    assert!(matches!(refusal, OpenError::OtherOrigin { .. }), "{refusal}");
}

#[test]
fn a_signed_text_that_is_no_checkpoint_does_not_open() {
    let key = key(ORIGIN, 1);
    let note = Note::sign("log.example/archive\n07\n", &key).unwrap();
    let refusal = open(&note.to_string(), key.verifier(), ORIGIN);
    assert_eq!(refusal, Err(OpenError::Text(BadCheckpoint::Lines)));
}

proptest! {
    #[test]
    fn a_checkpoint_survives_its_text(
        origin in "[!-~é ]{1,40}",
        size in 1..=TREE_SIZE_MAX.get(),
        root: [u8; 32],
        extensions in prop::collection::vec("[ -~]{1,20}", 0..4),
    ) {
        let bare = Checkpoint::new(&origin, TreeSize::new(size), Hash::from_bytes(root)).unwrap();
        let whole =
            extensions.iter().try_fold(bare, |text, line| text.with_extension(line)).unwrap();
        prop_assert_eq!(whole.to_string().parse(), Ok(whole.clone()));
        prop_assert_eq!(whole.extensions(), &extensions);
    }

    #[test]
    fn what_is_read_is_written_the_same(
        lines in prop::collection::vec(
            prop_oneof![Just(ROOT.to_owned()), "[0-9]{0,3}", "[a-c ]{0,3}"], 0..6),
    ) {
        let text = lines.join("\n");
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }
}
