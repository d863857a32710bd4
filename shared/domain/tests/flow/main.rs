//! A model of the whole flow: several orders over a few skus, and everything that can happen to them in any order. Messages
//! come late, again and in any order; operations die between two steps; answers are lost; schedules fire whenever.
//!
//! The services' decisions are the real ones, of `domain`; the model has what lies around them. To look further than a build
//! does: `PROPTEST_RNG_SEED=7 PROPTEST_CASES=10000 cargo test -p domain --test flow`. What was found is kept in [`found`].

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
use proptest::test_runner::RngAlgorithm;

use crate::step::{Step, late_steps, plans, steps};
use crate::world::{Plan, World};

/// Cases are short, so there are more of them than of other properties; and the default generator of random numbers takes
/// most of the time where nothing is optimised.
fn config(times: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = default.cases.saturating_mul(times);
    ProptestConfig { cases, failure_persistence: None, rng_algorithm: RngAlgorithm::XorShift, ..default }
}

fn pieces() -> impl Strategy<Value = [u32; 2]> {
    [1..6u32, 1..6u32]
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
    #![proptest_config(config(32))]

    #[test]
    fn whatever_happens_all_is_well_in_the_end(plans in plans(), pieces in pieces(), steps in steps()) {
        run(plans, pieces, &steps);
    }

    #[test]
    fn however_late_it_comes(plans in plans(), pieces in pieces(), steps in late_steps()) {
        run(plans, pieces, &steps);
    }
}
