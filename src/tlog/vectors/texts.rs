//! The texts of the specifications and of others' programs: checkpoints, tile
//! paths, keys, cosignatures, submissions to a witness.

use zeroize::Zeroizing;

use super::*;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{CosignatureTime, CosigningKey, Note, VerifierKey};
use crate::tlog::proof::verify_consistency;
use crate::tlog::tile::{Coordinate, Path};
use crate::tlog::witness::{AddCheckpoint, TreeHead};

fn forms() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/tlog/forms.json")).unwrap()
}

fn cosignatures() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/tlog/cosignatures.json")).unwrap()
}

#[test]
fn checkpoints_are_read_or_refused_as_the_specification_has_it() {
    let forms = forms();
    let cases = list(&forms["checkpoints"]);
    assert_eq!(cases.len(), 32);
    for case in cases {
        let read = text(&case["text"]).parse::<Checkpoint>();
        assert_eq!(read.is_ok(), case["good"].as_bool().unwrap(), "{}: {read:?}", case["name"]);
        if let Ok(read) = read {
            assert_eq!(read.to_string(), text(&case["text"]), "{}", case["name"]);
        }
    }
}

#[test]
fn paths_name_the_tiles_that_the_specification_says() {
    let forms = forms();
    let (paths, others) = (list(&forms["paths"]), list(&forms["no_paths"]));
    assert_eq!((paths.len(), others.len()), (18, 27));
    for case in paths {
        let number = number(&case["number"]);
        let width = usize::try_from(case["width"].as_u64().unwrap()).unwrap().try_into().unwrap();
        let path = match case["level"].as_u64() {
            Some(level) => {
                let level = level.try_into().unwrap();
                Path::Tile { at: Coordinate { level, number }, width }
            }
            None => Path::Entries { number, width },
        };
        assert_eq!(path.to_string(), text(&case["path"]));
        assert_eq!(text(&case["path"]).parse(), Ok(path));
    }
    for other in others {
        assert!(text(other).parse::<Path>().is_err(), "{other}");
    }
}

#[test]
fn others_keys_are_read_and_what_they_refuse_is_refused() {
    let vectors = cosignatures();
    for case in list(&vectors["verifier_keys"]) {
        let key: VerifierKey = text(&case["key"]).parse().unwrap();
        assert_eq!(u64::from(key.key_type().byte()), number(&case["type"]));
        assert_eq!(key.to_string(), text(&case["key"]));
    }
    for bad in list(&vectors["bad_verifier_keys"]) {
        assert!(text(bad).parse::<VerifierKey>().is_err(), "{bad}");
    }
}

#[test]
fn the_specifications_checkpoints_are_notes_with_their_signers() {
    let vectors = cosignatures();
    for case in list(&vectors["read_only"]) {
        let note = Note::parse(text(&case["note"])).unwrap();
        assert_eq!(note.to_string(), text(&case["note"]));
        let signers: Vec<&str> =
            note.signatures().iter().map(|line| line.name().as_str()).collect();
        let wanted: Vec<&str> = list(&case["signers"]).iter().map(text).collect();
        assert_eq!(signers, wanted);
        assert!(note.text().parse::<Checkpoint>().is_ok());
    }
}

#[test]
fn cosignatures_are_those_that_another_program_computes() {
    let vectors = cosignatures();
    let witness = &vectors["witness"];
    let mut seed = [0; 32];
    hex::decode_to_slice(text(&witness["seed"]), &mut seed).unwrap();
    let name = text(&witness["name"]).parse().unwrap();
    let key = CosigningKey::from_seed(name, Zeroizing::new(seed));
    assert_eq!(key.verifier().to_string(), text(&witness["verifier_key"]));
    let log_line = "— log.example AAAAAAE=\n";
    for case in list(&witness["cosignatures"]) {
        let at = CosignatureTime::from_seconds(number(&case["time"])).unwrap();
        let plain = Note::parse(&format!("{}\n{log_line}", text(&case["text"]))).unwrap();
        let line = text(&case["line"]);
        let note = plain.cosign(&key, at).unwrap();
        assert_eq!(note.to_string(), format!("{}\n{log_line}{line}", text(&case["text"])));
        let verified = note.verify(std::slice::from_ref(key.verifier())).unwrap();
        assert_eq!(verified[0].cosigned_at, Some(at));
    }
}

#[test]
fn another_witnesss_submissions_are_read_and_their_proofs_hold() {
    let vectors = cosignatures();
    let requests = &vectors["requests"];
    let log: VerifierKey = text(&requests["log_key"]).parse().unwrap();
    let read = |request: &Value| {
        let asked: AddCheckpoint = text(request).parse().unwrap();
        assert_eq!(asked.to_string(), text(request));
        let opened = checkpoint::open_note(asked.note(), &log, log.name().as_str()).unwrap();
        assert_eq!(opened, *asked.claimed());
        asked
    };
    let [first, next] = list(&requests["accepted"]) else { panic!("two were accepted") };
    let (first, next, forked) = (read(first), read(next), read(&requests["forked"]));
    let goes_on = |from: &AddCheckpoint, to: &AddCheckpoint| {
        let [from, head] = [from, to].map(|asked| TreeHead::of(asked.claimed()));
        verify_consistency(from.size, head.size, &from.root, &head.root, to.proof()).is_ok()
    };
    assert!(goes_on(&first, &next) && goes_on(&first, &forked));
    assert!(!goes_on(&forked, &next), "they contradict each other");
}
