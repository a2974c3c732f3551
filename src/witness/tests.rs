use std::sync::Barrier;
use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::clock::Hand;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::SigningKey;
use crate::tlog::proof::ConsistencyProof;
use crate::tlog::{EMPTY_ROOT, Hash, TreeSize, leaf_hash, node_hash};

mod files;

pub(super) const ORIGIN: &str = "log.example/1";

/// A witness in a directory of its own, with a clock moved by hand.
pub(super) struct Stand {
    _dir: tempfile::TempDir,
    pub(super) dir: Directory,
    pub(super) clock: Clock,
    pub(super) hand: Hand,
}

pub(super) fn log_key() -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([1; 32]))
}

pub(super) fn own_key() -> CosigningKey {
    CosigningKey::from_seed("witness.example/1".parse().unwrap(), Zeroizing::new([2; 32]))
}

impl Stand {
    pub(super) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let dir = Directory::new(temporary.path());
        dir.make_folders().unwrap();
        directory::replace(&dir.vkey_file(), own_key().verifier().to_string().as_bytes()).unwrap();
        trust(&dir, log_key().verifier()).unwrap();
        let (clock, hand) = Clock::hand_moved("2026-11-21T08:00:00Z".parse().unwrap());
        Self { _dir: temporary, dir, clock, hand }
    }

    pub(super) fn open(&self) -> Witness {
        Witness::open(self.dir.clone(), own_key(), self.clock.clone()).unwrap()
    }

    pub(super) fn log(&self) -> LogStatus {
        status(&self.dir).unwrap().into_iter().find(|log| log.origin == ORIGIN).unwrap()
    }

    pub(super) fn known_size(&self) -> Option<u64> {
        self.log().last.map(|last| last.size)
    }
}

/// RFC 6962, recursive: what the tests prove with.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}

fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    if m <= left.len() {
        [subproof(m, left, whole), vec![root(right)]].concat()
    } else {
        [subproof(m - left.len(), right, false), vec![root(left)]].concat()
    }
}

/// A log of so many leaves; from `fork_at` on they are others than the honest log's.
pub(super) fn leaves(count: usize, fork_at: usize) -> Vec<Hash> {
    let leaf = |index: usize| format!("{index}{}", if index < fork_at { "" } else { " forged" });
    (0..count).map(|index| leaf_hash(leaf(index).as_bytes())).collect()
}

pub(super) fn signed(leaves: &[Hash], key: &SigningKey) -> Note {
    let size = TreeSize::new(leaves.len() as u64);
    let stated = Checkpoint::new(key.verifier().name().as_str(), size, root(leaves)).unwrap();
    Note::parse(&checkpoint::sign(&stated, key)).unwrap()
}

/// The request that a log with these leaves makes.
pub(super) fn request(old: usize, leaves: &[Hash]) -> String {
    let hashes = if old == 0 { vec![] } else { subproof(old.min(leaves.len()), leaves, true) };
    let proof = ConsistencyProof::new(hashes).unwrap();
    let note = signed(leaves, &log_key());
    AddCheckpoint::new(TreeSize::new(old as u64), proof, note).unwrap().to_string()
}

/// The request of the honest log.
pub(super) fn honest(old: usize, new: usize) -> String {
    request(old, &leaves(new, usize::MAX))
}

fn submit(witness: &Witness, request: &str) -> Result<String, Refused> {
    witness.add_checkpoint(request.as_bytes())
}

fn status_of(answer: Result<String, Refused>) -> u16 {
    answer.map_or_else(|refused| refused.status(), |_| 200)
}

#[test]
fn a_log_that_grows_is_cosigned_and_what_was_cosigned_is_on_disk() {
    let stand = Stand::new();
    let witness = stand.open();
    for (old, new) in [(0, 3), (3, 3), (3, 10), (10, 11)] {
        stand.hand.advance(Duration::from_secs(5));
        let request = honest(old, new);
        let line = submit(&witness, &request).unwrap();
        let (_, note) = request.split_once("\n\n").unwrap();
        let cosigned = Note::parse(&format!("{note}{line}")).unwrap();
        let keys = [own_key().verifier().clone()];
        let verified = cosigned.verify(&keys).unwrap();
        let at = verified[0].cosigned_at.unwrap().as_seconds();
        assert_eq!(i64::try_from(at).unwrap(), stand.clock.now().as_second());
        assert_eq!(stand.known_size(), Some(new as u64));
        let id = LogId::of(ORIGIN).to_string();
        assert_eq!(witness.checkpoint(&id).unwrap(), Some(cosigned.to_string()));
    }
    assert!(stand.log().forks.is_empty());
}

#[test]
fn whoever_is_not_known_or_signs_with_another_key_is_refused() {
    let stand = Stand::new();
    let witness = stand.open();
    let impostor = SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([9; 32]));
    let stranger = SigningKey::from_seed("other.example".parse().unwrap(), Zeroizing::new([1; 32]));
    let tree = leaves(4, 9);
    for (key, wanted) in [(&impostor, 403), (&stranger, 404)] {
        let request = format!("old 0\n\n{}", signed(&tree, key));
        assert_eq!(status_of(submit(&witness, &request)), wanted);
    }
    let altered = honest(0, 4).replacen("\n4\n", "\n5\n", 1);
    assert_eq!(status_of(submit(&witness, &altered)), 403);
    assert_eq!(status_of(submit(&witness, "old 0\n")), 400);
    assert_eq!(status_of(witness.add_checkpoint(b"old 0\n\xff\n")), 400);
    assert_eq!(stand.known_size(), None);
    let empty_with_root = honest(0, 4).replacen("\n4\n", "\n0\n", 1);
    assert_eq!(status_of(submit(&witness, &empty_with_root)), 422);
}

#[test]
fn lines_of_strangers_on_a_checkpoint_are_neither_kept_nor_answered() {
    let stand = Stand::new();
    let witness = stand.open();
    let stranger = CosigningKey::generate("stranger.example".parse().unwrap()).unwrap();
    let at = CosignatureTime::from_seconds(9).unwrap();
    let note = signed(&leaves(4, 9), &log_key()).cosign(&stranger, at).unwrap();
    let line = submit(&witness, &format!("old 0\n\n{note}")).unwrap();
    assert_eq!(line.lines().count(), 1);
    let kept = witness.checkpoint(&LogId::of(ORIGIN).to_string()).unwrap().unwrap();
    assert!(!kept.contains("stranger") && kept.contains("witness.example/1"), "{kept}");
}

#[test]
fn after_a_rotation_the_new_key_is_trusted_beside_the_old_one() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 3)).unwrap();
    let newer = SigningKey::from_seed(ORIGIN.parse().unwrap(), Zeroizing::new([7; 32]));
    let tree = leaves(5, 9);
    let proof = ConsistencyProof::new(subproof(3, &tree, true)).unwrap();
    let request =
        AddCheckpoint::new(TreeSize::new(3), proof, signed(&tree, &newer)).unwrap().to_string();
    assert_eq!(status_of(submit(&witness, &request)), 403);
    assert!(trust(&stand.dir, newer.verifier()).unwrap());
    assert!(!trust(&stand.dir, newer.verifier()).unwrap(), "it is trusted already");
    submit(&witness, &request).unwrap();
    submit(&witness, &honest(5, 6)).unwrap();
    assert_eq!(stand.log().keys.len(), 2);
}

#[test]
fn a_fork_is_refused_kept_as_evidence_and_changes_nothing() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 10)).unwrap();
    let before = witness.checkpoint(&LogId::of(ORIGIN).to_string()).unwrap();
    let fork = |size| leaves(size, 7);
    for (old, size, status) in [(10, 12, 422), (10, 10, 422), (0, 10, 409), (0, 12, 409)] {
        assert_eq!(status_of(submit(&witness, &request(old, &fork(size)))), status, "{old} {size}");
    }
    assert_eq!(witness.checkpoint(&LogId::of(ORIGIN).to_string()).unwrap(), before);
    // The honest log goes on.
    submit(&witness, &honest(10, 12)).unwrap();
    let forks = stand.log().forks;
    let sizes: Vec<_> = forks.iter().map(|fork| (fork.known_size, fork.submitted_size)).collect();
    assert_eq!(sizes, [(10, 10), (10, 12)], "each once");
    assert!(forks.iter().all(|fork| fork.proven), "{forks:?}");
    let folder = std::path::Path::new(&forks[0].folder);
    let keys = [log_key().verifier().clone()];
    let mut roots = vec![];
    for name in ["cosigned.checkpoint", "submitted.checkpoint"] {
        let note = Note::parse(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        note.verify(&keys).unwrap();
        let stated: Checkpoint = note.text().parse().unwrap();
        assert_eq!(stated.size(), TreeSize::new(10));
        roots.push(*stated.root());
    }
    assert_ne!(roots[0], roots[1], "the evidence shows it to anybody");
}

#[test]
fn a_stranger_who_submits_a_true_checkpoint_without_its_proof_leaves_a_suspicion_at_most() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 6)).unwrap();
    let tree = leaves(13, usize::MAX);
    let hashes = subproof(6, &tree, true);
    let false_proof = ConsistencyProof::new(vec![EMPTY_ROOT; hashes.len()]).unwrap();
    let prank = AddCheckpoint::new(TreeSize::new(6), false_proof, signed(&tree, &log_key()));
    assert_eq!(status_of(submit(&witness, &prank.unwrap().to_string())), 422);
    let forks = stand.log().forks;
    assert!(forks.len() == 1 && !forks[0].proven, "{forks:?}");
    submit(&witness, &honest(6, 13)).unwrap();
    assert!(stand.log().forks.is_empty(), "the log proved the suspicion wrong");
}

#[test]
fn the_fork_of_a_log_known_at_a_power_of_two_is_refused_and_suspected() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 8)).unwrap();
    assert_eq!(status_of(submit(&witness, &request(8, &leaves(11, 5)))), 422);
    let forks = stand.log().forks;
    assert!(forks.len() == 1 && !forks[0].proven, "{forks:?}");
    assert_eq!(stand.known_size(), Some(8));
}

#[test]
fn evidence_does_not_fill_the_disk() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 3)).unwrap();
    for size in 4..120 {
        assert_eq!(status_of(submit(&witness, &request(3, &leaves(size, 1)))), 422);
    }
    assert_eq!(stand.log().forks.len(), 100);
}

#[test]
fn nothing_is_cosigned_before_the_time_of_the_last_cosignature() {
    let stand = Stand::new();
    submit(&stand.open(), &honest(0, 3)).unwrap();
    // A clock that went back by an hour, after a restart.
    let earlier = stand.clock.now() - Duration::from_secs(3600);
    let (clock, hand) = Clock::hand_moved(earlier);
    let witness = Witness::open(stand.dir.clone(), own_key(), clock).unwrap();
    assert_eq!(status_of(submit(&witness, &honest(3, 4))), 503);
    assert_eq!(stand.known_size(), Some(3));
    hand.advance(Duration::from_secs(3600));
    submit(&witness, &honest(3, 4)).unwrap();
}

#[test]
fn of_submissions_at_once_one_history_comes_out() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 5)).unwrap();
    let barrier = Barrier::new(8);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (witness, barrier) = (&witness, &barrier);
                // Half of them the honest log, half a fork of it.
                let fork_at = if number % 2 == 0 { usize::MAX } else { 5 };
                let request = request(5, &leaves(6 + number, fork_at));
                scope.spawn(move || {
                    barrier.wait();
                    status_of(submit(witness, &request))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 200 | 409)), "{answers:?}");
}
