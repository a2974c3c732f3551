//! Ten years of an archive, week by week, against a model that is too simple to be wrong:
//! nothing is destroyed early, nothing that is held, restricted or relied upon, nothing
//! that is due is left, and no erasure is left undone.
//!
//! `MUNIMENT_SEEDS` says how many such decades are lived through, or which (`39..50`); each is
//! another one.

mod model;
mod world;

use model::{Model, Outcome};
use world::World;

/// Where no other number is asked for.
const SEEDS: u64 = 2;

/// Weeks of a decade.
const WEEKS: u64 = 522;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_ten_years_what_is_due_goes_and_nothing_else() {
    #[expect(clippy::disallowed_methods, reason = "how many is said by who runs the test")]
    let asked = std::env::var("MUNIMENT_SEEDS").ok();
    let (first, end) = asked.map_or((0, SEEDS), |asked| which(&asked));
    let (mut all, seeds) = (Outcome::default(), end - first);
    for seed in first..end {
        all.add(live_through(seed).await);
    }
    // Decades in which nothing of the kind happened show nothing.
    assert!(all.destroyed > 50 * seeds && all.held > 50 * seeds && all.kept > 0, "{all:?}");
    assert!(all.erased > 5 * seeds && all.refused > 50 * seeds, "{all:?}");
    assert!(all.restricted > 5 * seeds && all.relied > seeds, "{all:?}");
    assert!(all.tagged > 20 * seeds && all.untagged > seeds, "{all:?}");
}

/// `50` is the first fifty, `39..50` those behind the first thirty-nine.
fn which(asked: &str) -> (u64, u64) {
    let (first, end) = asked.split_once("..").unwrap_or(("0", asked));
    (first.parse().unwrap(), end.parse().unwrap())
}

async fn live_through(seed: u64) -> Outcome {
    let mut world = World::new(seed).await;
    let mut model = Model::default();
    let mut outcome = Outcome::default();
    for week in 0..WEEKS {
        world.week(&mut model).await;
        outcome.add(world.erase_somebody(&mut model, week).await);
        // About every two months, as an archive with a timer would every night.
        if week % 9 == 8 {
            outcome.add(world.dispose_and_compare(&mut model, week).await);
        }
    }
    world.compare_index(&model).await;
    world.compare_withdrawals(&model);
    outcome
}
