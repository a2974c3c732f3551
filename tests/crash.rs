//! Twenty times: deliveries from several connections, a kill in the middle, a
//! start. Nothing that was answered 200 may be lost or there twice.
//!
//! The moment of each kill comes from a seed, which is printed; set
//! `MUNIMENT_TEST_SEED` to repeat a run as nearly as threads allow.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "it/support.rs"]
mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use support::{House, Ledger, MESSAGES, kept_once};

const ROUNDS: u64 = 20;
const CONNECTIONS: u64 = 6;
/// A kill comes at most so many deliveries after the round's first.
const DELIVERIES_MAX: u64 = 90;

#[test]
fn whatever_was_answered_200_survives_a_kill_exactly_once() {
    let seed = seed();
    eprintln!("MUNIMENT_TEST_SEED={seed}");
    let mut random = Random(seed);
    let (house, numbers) = (House::new(), AtomicU64::new(0));
    let mut cut_off = 0;
    for round in 0..ROUNDS {
        let ledger = Ledger::default();
        let daemon = house.serve();
        let until_kill = 1 + random.below(DELIVERIES_MAX);
        let pause = Duration::from_micros(random.below(3000));
        stream_until_killed(daemon, &ledger, &numbers, until_kill, pause);
        cut_off += ledger.unanswered();

        let daemon = house.serve();
        ledger.check(&house, &format!("round {round}, after the kill"));
        ledger.redeliver(&daemon.hooks);
        ledger.check(&house, &format!("round {round}, delivered again"));
        // A second time nothing at all is new.
        let size = house.entries().len();
        ledger.redeliver(&daemon.hooks);
        assert_eq!(house.entries().len(), size, "round {round}: redelivery added entries");
        daemon.stop();
        let verified = house.verify();
        assert_eq!(verified.code, 0, "round {round}: {verified:?}");
    }
    assert!(cut_off > 0, "no kill came in the middle of a delivery");
    let all = numbers.load(Ordering::SeqCst);
    assert!(all >= ROUNDS * 2, "only {all} deliveries were sent");
    assert_eq!(kept_once(&house), [all, all * MESSAGES]);
}

/// Several connections deliver; when enough was answered, the daemon is killed
/// under them.
fn stream_until_killed(
    daemon: support::Daemon,
    ledger: &Ledger,
    numbers: &AtomicU64,
    until_kill: u64,
    pause: Duration,
) {
    let (answered, killed) = (AtomicU64::new(0), AtomicBool::new(false));
    let hooks = daemon.hooks.clone();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                while !killed.load(Ordering::SeqCst) {
                    let number = numbers.fetch_add(1, Ordering::SeqCst);
                    if ledger.deliver(&hooks, number) == Some(200) {
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        support::until("enough deliveries are answered", || {
            (answered.load(Ordering::SeqCst) >= until_kill).then_some(())
        });
        std::thread::sleep(pause);
        daemon.kill();
        killed.store(true, Ordering::SeqCst);
    });
}

fn seed() -> u64 {
    let given = std::env::var_os("MUNIMENT_TEST_SEED");
    given.and_then(|text| text.to_str()?.parse().ok()).unwrap_or_else(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    })
}

/// A small generator of numbers that look random (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
