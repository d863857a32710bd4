//! A model of the whole flow: several orders over a few SKUs, and all operations on them in any sequence. Messages are
//! delayed, duplicated and reordered; operations die between two steps; answers are lost; schedules fire at any time.
//!
//! The decisions are those of `domain`; the model replaces everything around them. To search further than a build does:
//! `PROPTEST_RNG_SEED=7 PROPTEST_CASES=10000 cargo test -p domain --test flow`. Defects found are kept in [`found`].

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic fails the test")]

mod delivery;
mod found;
mod gateway;
mod invariants;
mod orders;
mod paying;
mod permutations;
mod products;
mod step;
mod world;

use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

use crate::step::{Step, late_steps, plans, steps};
use crate::world::{Plan, World};

/// Cases are short, so there are more of them than of other properties. The default random number generator would take
/// most of the time in unoptimised builds.
fn config(times: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = default.cases.saturating_mul(times);
    ProptestConfig { cases, failure_persistence: None, rng_algorithm: RngAlgorithm::XorShift, ..default }
}

fn pieces() -> impl Strategy<Value = [u32; 2]> {
    [1..6u32, 1..6u32]
}

/// Runs the steps, comes to rest, and checks the invariants.
fn run(plans: Vec<Plan>, pieces: [u32; 2], steps: &[Step]) -> World {
    let mut world = World::new(plans, pieces);
    for step in steps {
        step.happen(&mut world);
        world.check();
    }
    world.come_to_rest();
    world.check();
    world.check_at_rest();
    world
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn any_sequence_of_steps_comes_to_a_consistent_rest(plans in plans(), pieces in pieces(), steps in steps()) {
        run(plans, pieces, &steps);
    }

    #[test]
    fn long_delays_come_to_a_consistent_rest(plans in plans(), pieces in pieces(), steps in late_steps()) {
        run(plans, pieces, &steps);
    }
}
