//! A model of the whole flow: several orders over a few skus, and everything that can happen to them in any order. Messages
//! come late, again and in any order; operations die between two steps; answers are lost; schedules fire whenever.
//!
//! The services' decisions are the real ones, of `domain`; the model has what lies around them. It is run from the same
//! seed each time, so that a run says the same everywhere. To look further:
//! `PROPTEST_RNG_SEED=7 PROPTEST_CASES=1000000 cargo test -p domain --test flow`. What was found is kept in [`found`].

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in tests: what cannot be set up, and what must not happen, fails them"
)]

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
use proptest::test_runner::{RngAlgorithm, RngSeed};

use crate::step::{Step, late_steps, plans, steps};
use crate::world::{Plan, World};

fn config() -> ProptestConfig {
    let default = ProptestConfig {
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    };
    match default.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(1), cases: 8192, ..default },
        RngSeed::Fixed(_) => default,
    }
}

/// Lets it all happen, comes to rest, and checks what has to be true.
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
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_all_is_well_in_the_end(plans in plans(), cups in 1..6u32, pots in 1..6u32, steps in steps()) {
        run(plans, [cups, pots], &steps);
    }

    #[test]
    fn however_late_it_comes(plans in plans(), cups in 1..6u32, pots in 1..6u32, steps in late_steps()) {
        run(plans, [cups, pots], &steps);
    }
}
