use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::tlog::checkpoint::{self, BadCheckpoint};
use crate::tlog::note::{BadNote, Note, SigningKey};
use crate::tlog::proof::PROOF_HASHES_MAX;
use crate::tlog::{leaf_hash, model};

const ORIGIN: &str = "log.example/1";

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([5; 32]))
}

fn note(head: TreeHead) -> String {
    checkpoint::sign(&Checkpoint::new(ORIGIN, head.size, head.root).unwrap(), &key())
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: TreeSize::new(leaves.len() as u64), root: model::root(leaves) }
}

fn proof(old: usize, leaves: &[Hash]) -> ConsistencyProof {
    let hashes = if old == 0 { vec![] } else { model::proof(old, leaves) };
    ConsistencyProof::new(hashes).unwrap()
}

/// The model's leaves, of which those from `at` on are others.
fn forked(count: usize, at: usize) -> Vec<Hash> {
    let mut leaves = model::leaves(count as u64);
    for leaf in leaves.iter_mut().skip(at) {
        *leaf = leaf_hash(leaf.as_bytes());
    }
    leaves
}

/// What is decided about a submission of `leaves` from `old` on.
fn judged(known: &TreeHead, old: usize, leaves: &[Hash]) -> Judgement {
    let old_size = TreeSize::new(old as u64);
    judge(known, old_size, &proof(old.min(leaves.len()), leaves), &head(leaves))
}

#[test]
fn a_request_is_written_as_the_specification_has_it() {
    let leaves = model::leaves(7);
    let asked = AddCheckpoint::new(
        TreeSize::new(3),
        proof(3, &leaves),
        Note::parse(&note(head(&leaves))).unwrap(),
    )
    .unwrap();
    let text = asked.to_string();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines[0], "old 3");
    let hashes = model::proof(3, &leaves);
    let written: Vec<String> = hashes.iter().map(Hash::to_base64).collect();
    assert_eq!(&lines[1..=hashes.len()], written);
    let [blank, origin, size, ..] = &lines[hashes.len() + 1..] else { panic!("{text}") };
    assert_eq!((*blank, *origin, *size), ("", ORIGIN, "7"));
    assert_eq!(text.parse(), Ok(asked.clone()));
    assert_eq!(asked.claimed().origin(), ORIGIN);
}

#[test]
fn a_first_request_has_no_proof() {
    let text = format!("old 0\n\n{}", note(head(&model::leaves(1))));
    let asked: AddCheckpoint = text.parse().unwrap();
    assert_eq!((asked.old(), asked.proof().hashes()), (TreeSize::EMPTY, &[][..]));
    assert_eq!(asked.to_string(), text);
}

#[test]
fn malformed_requests_are_told_by_what_is_wrong() {
    use BadAddCheckpoint as Bad;
    let note = note(head(&model::leaves(2)));
    let hash = EMPTY_ROOT.to_base64();
    for (text, wanted, status) in [
        (String::new(), Bad::NoCheckpoint, 400),
        (
            format!("old 0\n{note}"),
            Bad::Hash { line: 1, source: crate::tlog::hash::BadHash::Base64 },
            400,
        ),
        (format!("0\n\n{note}"), Bad::NoOld, 400),
        (format!("old  0\n\n{note}"), Bad::Old(crate::tlog::BadNumber), 400),
        (format!("old 00\n\n{note}"), Bad::Old(crate::tlog::BadNumber), 400),
        (format!("old -1\n\n{note}"), Bad::Old(crate::tlog::BadNumber), 400),
        (
            format!("old 1\n{hash}\nx\n\n{note}"),
            Bad::Hash { line: 2, source: crate::tlog::hash::BadHash::Base64 },
            400,
        ),
        (format!("old 1\r\n\n{note}"), Bad::Old(crate::tlog::BadNumber), 400),
        ("old 0\n\n".to_owned(), Bad::Note(BadNote::NoBlankLine), 400),
        (
            format!("old 0\n\n{}", Note::sign("no checkpoint\n", &key()).unwrap()),
            Bad::Checkpoint(BadCheckpoint::Lines),
            400,
        ),
        (
            format!("old 0\n\n{}", note.replacen("\n2\n", "\n0\n", 1)),
            Bad::Checkpoint(BadCheckpoint::EmptyTreeRoot),
            422,
        ),
        (
            "x".repeat(ADD_CHECKPOINT_BYTES_MAX + 1),
            Bad::TooLong { bytes: ADD_CHECKPOINT_BYTES_MAX + 1 },
            413,
        ),
    ] {
        let refused = text.parse::<AddCheckpoint>().unwrap_err();
        assert_eq!(refused, wanted, "{text:.40}");
        assert_eq!(refused.status(), status, "{refused}");
    }
}

#[test]
fn sixty_three_hashes_are_read_and_one_more_is_not() {
    let note = note(head(&model::leaves(2)));
    let hashes = |count| format!("{}\n", EMPTY_ROOT.to_base64()).repeat(count);
    let most = format!("old 1\n{}\n{note}", hashes(PROOF_HASHES_MAX));
    assert_eq!(most.parse::<AddCheckpoint>().unwrap().proof().hashes().len(), 63);
    let more = format!("old 1\n{}\n{note}", hashes(PROOF_HASHES_MAX + 1));
    assert!(matches!(more.parse::<AddCheckpoint>(), Err(BadAddCheckpoint::Proof(_))));
}

#[test]
fn every_growth_of_a_small_log_is_accepted_and_every_repetition() {
    let leaves = model::leaves(40);
    for old in 0..=40 {
        for new in old..=40 {
            let found = judged(&head(&leaves[..old]), old, &leaves[..new]);
            assert_eq!(found, Judgement { verdict: Ok(()), contradiction: None }, "{old} to {new}");
        }
    }
}

#[test]
fn whoever_does_not_know_the_last_size_is_told_it() {
    let leaves = model::leaves(9);
    let known = head(&leaves[..5]);
    for (old, new, wanted) in [
        (0, 9, Refusal::OtherOld { known: known.size }),
        (4, 9, Refusal::OtherOld { known: known.size }),
        (6, 9, Refusal::OtherOld { known: known.size }),
        (0, 3, Refusal::OtherOld { known: known.size }),
        (3, 3, Refusal::OtherOld { known: known.size }),
        (5, 3, Refusal::OldBeyondNew { old: TreeSize::new(5), new: TreeSize::new(3) }),
        (9, 3, Refusal::OldBeyondNew { old: TreeSize::new(9), new: TreeSize::new(3) }),
    ] {
        let found = judged(&known, old, &leaves[..new]);
        assert_eq!(found.verdict, Err(wanted), "{old} to {new}");
        assert_eq!(found.contradiction, None);
    }
    assert_eq!(Refusal::OtherOld { known: known.size }.status(), 409);
    assert_eq!(Refusal::OldBeyondNew { old: known.size, new: known.size }.status(), 400);
}

#[test]
fn a_fork_is_never_accepted_and_proves_itself_unless_the_known_size_is_a_power_of_two() {
    let honest = model::leaves(24);
    for known in 1..=20_usize {
        for fork_at in 0..known {
            for new in known..=24 {
                let found = judged(&head(&honest[..known]), known, &forked(new, fork_at));
                let Err(Refusal::NotProven(_)) = found.verdict else {
                    panic!("{known}, {fork_at}, {new}: {found:?}")
                };
                assert_eq!(found.verdict.unwrap_err().status(), 422);
                let proven = new == known || !known.is_power_of_two();
                let wanted = if proven { Contradiction::Proven } else { Contradiction::Suspected };
                assert_eq!(found.contradiction, Some(wanted), "{known}, {fork_at}, {new}");
            }
        }
    }
}

#[test]
fn another_root_of_the_same_size_is_a_contradiction_whatever_the_old_size() {
    let known = head(&model::leaves(6));
    let other = forked(6, 2);
    for (old, status) in [(0, 409), (3, 409), (6, 422), (7, 400)] {
        let found = judged(&known, old, &other);
        assert_eq!(found.verdict.unwrap_err().status(), status, "{old}");
        assert_eq!(found.contradiction, Some(Contradiction::Proven), "{old}");
    }
}

#[test]
fn a_true_checkpoint_with_a_false_proof_accuses_nobody() {
    let leaves = model::leaves(13);
    let (known, next) = (head(&leaves[..6]), head(&leaves));
    let right = proof(6, &leaves);
    let judged = |hashes: Vec<Hash>| {
        judge(&known, known.size, &ConsistencyProof::new(hashes).unwrap(), &next)
    };
    // Hashes that are no tree's: perhaps a fork, perhaps a prank.
    for at in 0..right.hashes().len() {
        let mut hashes = right.hashes().to_vec();
        hashes[at] = leaf_hash(b"prank");
        let found = judged(hashes);
        assert!(matches!(found.verdict, Err(Refusal::NotProven(_))));
        assert_eq!(found.contradiction, Some(Contradiction::Suspected), "hash {at}");
    }
    // Not even the form of a proof.
    for hashes in [vec![], vec![EMPTY_ROOT; 63], right.hashes()[1..].to_vec()] {
        let found = judged(hashes);
        assert_eq!(found.verdict.unwrap_err().status(), 422);
        assert_eq!(found.contradiction, None);
    }
}

#[test]
fn the_first_checkpoint_needs_an_empty_proof() {
    let leaves = model::leaves(3);
    let proof = ConsistencyProof::new(vec![EMPTY_ROOT]).unwrap();
    let found = judge(&TreeHead::EMPTY, TreeSize::EMPTY, &proof, &head(&leaves));
    assert_eq!(found.verdict.unwrap_err().status(), 422);
    assert_eq!(found.contradiction, None);
    let found = judged(&TreeHead::EMPTY, 0, &[]);
    assert_eq!(found.verdict, Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// The witness of the specification's prose: whatever is submitted, in whatever
    /// order, what was cosigned is one growing history.
    #[test]
    fn whatever_is_submitted_only_one_history_is_cosigned(
        submissions in prop::collection::vec((0..60_usize, 0..60_usize, 0..60_usize), 1..40),
    ) {
        let mut known = TreeHead::EMPTY;
        let mut history: Vec<Hash> = vec![];
        for (old, new, fork_at) in submissions {
            let leaves = forked(new, fork_at);
            let found = judged(&known, old, &leaves);
            let continues = leaves.starts_with(&history);
            let wanted = old == history.len() && new >= old && continues;
            prop_assert_eq!(found.verdict.is_ok(), wanted);
            prop_assert!(!(continues && found.contradiction.is_some()), "an honest log is accused");
            if wanted {
                history = leaves;
                known = head(&history);
            }
        }
    }

    #[test]
    fn any_text_is_a_request_or_refused(text in "(old |[0-9]|\n|\n\n|47DEQpj8HBSa\\+/TImW\\+5JCeuQeRkm5NMpJWZG3hSuFU=\n|— a AAAAAAA=\n){0,12}") {
        if let Ok(asked) = text.parse::<AddCheckpoint>() {
            prop_assert_eq!(asked.to_string(), text);
        }
    }
}
