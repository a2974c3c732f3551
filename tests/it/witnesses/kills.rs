//! A witness under kills, and under requests at once.

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use muniment::tlog::checkpoint::{self, Checkpoint};
use muniment::tlog::note::{Note, SigningKey};
use muniment::tlog::proof;
use muniment::tlog::tile::Coordinate;
use muniment::tlog::tree::Edge;
use muniment::tlog::witness::AddCheckpoint;
use muniment::tlog::{TreeSize, leaf_hash};

use super::auditor::Auditor;

const ORIGIN: &str = "log.example/kills";
/// Fewer than a full tile, so that the edge holds all of the tree.
const LEAVES_MAX: u64 = 250;

/// A log as small as it can be.
struct SmallLog {
    key: SigningKey,
    edges: Vec<Edge>,
}

impl SmallLog {
    fn new() -> Self {
        let mut edges = vec![Edge::empty()];
        for number in 0..LEAVES_MAX {
            let mut next = edges.last().unwrap().clone();
            assert!(next.push(leaf_hash(&number.to_be_bytes())).is_empty());
            edges.push(next);
        }
        Self { key: SigningKey::generate(ORIGIN.parse().unwrap()).unwrap(), edges }
    }

    fn request(&self, old: u64, new: u64) -> String {
        let edge = &self.edges[usize::try_from(new).unwrap()];
        let read = |at: Coordinate| Ok::<_, Infallible>(edge.partial_tile(at));
        let (old, new) = (TreeSize::new(old), TreeSize::new(new));
        let proof = proof::consistency(old, new, read).unwrap();
        let stated = Checkpoint::new(ORIGIN, new, edge.root()).unwrap();
        let note = Note::parse(&checkpoint::sign(&stated, &self.key)).unwrap();
        AddCheckpoint::new(old, proof, note).unwrap().to_string()
    }
}

fn known_size(auditor: &Auditor) -> u64 {
    let Some(note) = auditor.checkpoint(ORIGIN) else { return 0 };
    let note = Note::parse(&note).unwrap();
    note.verify(&[auditor.vkey()]).unwrap();
    note.text().parse::<Checkpoint>().unwrap().size().get()
}

#[test]
fn whatever_was_cosigned_is_known_after_a_kill() {
    let mut auditor = Auditor::new("witness.example/1");
    let log = SmallLog::new();
    auditor.trust_key(&log.key.verifier().to_string());
    let mut acknowledged = 0;
    for round in 0..12_u64 {
        let door = auditor.door.clone();
        let (stop, newest) = (AtomicBool::new(false), Mutex::new(acknowledged));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut old = acknowledged;
                while !stop.load(Ordering::SeqCst) && old < LEAVES_MAX {
                    let request = log.request(old, old + 1);
                    let Ok(answer) = door.try_post("/add-checkpoint", request.as_bytes()) else {
                        return;
                    };
                    match answer.status {
                        200 => old += 1,
                        // The last one of the round before was written and not answered.
                        409 => old = answer.text().trim().parse().unwrap(),
                        status => panic!("{status}: {}", answer.text()),
                    }
                    *newest.lock().unwrap() = old;
                }
            });
            std::thread::sleep(Duration::from_millis(5 + 7 * round));
            auditor.kill();
            stop.store(true, Ordering::SeqCst);
        });
        auditor.serve();
        acknowledged = newest.into_inner().unwrap();
        let known = known_size(&auditor);
        assert!(known == acknowledged || known == acknowledged + 1, "{known}, {acknowledged}");
    }
    assert!(acknowledged > 12, "only {acknowledged} were cosigned in all rounds");
    assert_eq!(auditor.status().0, 0);
}

#[test]
fn of_two_submissions_at_once_one_is_cosigned_and_the_other_told_the_size() {
    let auditor = Auditor::new("witness.example/1");
    let log = SmallLog::new();
    auditor.trust_key(&log.key.verifier().to_string());
    for round in 0..10 {
        let old = known_size(&auditor);
        let answers: Vec<(u64, u16, String)> = std::thread::scope(|scope| {
            let asking: Vec<_> = (1..=4)
                .map(|more| {
                    let (door, request) = (auditor.door.clone(), log.request(old, old + more));
                    scope.spawn(move || {
                        let answer = door.post("/add-checkpoint", request.as_bytes());
                        (old + more, answer.status, answer.text())
                    })
                })
                .collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        });
        let known = known_size(&auditor);
        let won: Vec<u64> =
            answers.iter().filter(|(_, status, _)| *status == 200).map(|a| a.0).collect();
        assert_eq!(won, [known], "round {round}: {answers:?}");
        for (_, status, text) in answers.iter().filter(|(_, status, _)| *status != 200) {
            assert_eq!((*status, text.as_str()), (409, format!("{known}\n").as_str()));
        }
    }
}
