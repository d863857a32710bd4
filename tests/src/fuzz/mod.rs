//! Sends generated input to everything that parses text from outside: an input may be refused, but nothing panics, and
//! no request fails with a 5xx.
//!
//! `cargo test` tries a sample. A million cases: `cargo run --release -p tests --bin fuzz -- --cases 1000000`.
//! The seed of a case that failed is appended to `tests/fuzz/<target>.regressions`, and is tried first from then on.

mod http;
mod messages;
mod text;
mod words;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};

/// A parser of text from outside, with a generator of its input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The target's name.
    pub name: &'static str,
    regressions: &'static str,
    run: fn(&mut TestRunner) -> Result<(), String>,
}

macro_rules! targets {
    ($($name:literal => $run:expr),* $(,)?) => {
        /// All targets.
        pub const TARGETS: &[Target] = &[$(Target {
            name: $name,
            regressions: concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/", $name, ".regressions"),
            run: $run,
        }),*];
    };
}

targets! {
    "requests" => http::requests,
    "events" => http::events,
    "bodies" => http::bodies,
    "authorization" => words::authorization,
    "links" => words::links,
    "cursors" => words::cursors,
    "words" => words::words,
    "money" => words::money,
    "orders" => words::orders,
    "messages" => messages::messages,
    "stream-images" => messages::stream_images,
    "log-lines" => words::log_lines,
}

impl Target {
    /// Tries the kept seeds, then `cases` new inputs.
    ///
    /// # Errors
    /// Returns the smallest input found that fails, and why.
    pub fn run(&self, cases: u32, seed: u64) -> Result<(), String> {
        let config = Config {
            cases,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(self.regressions))),
            source_file: Some(file!()),
            max_shrink_iters: 20_000,
            ..Config::default()
        };
        (self.run)(&mut TestRunner::new(config)).map_err(|failure| format!("{}: {failure}", self.name))
    }
}

/// Checks every generated input. A panic of `check` is a failure, too.
fn check<S: Strategy>(
    runner: &mut TestRunner,
    inputs: &S,
    check: impl Fn(S::Value) -> Result<(), String>,
) -> Result<(), String> {
    runner.run(inputs, |input| check(input).map_err(TestCaseError::fail)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_of_generated_input_is_accepted_or_refused() {
        for target in TARGETS {
            target.run(500, 1).unwrap_or_else(|failure| panic!("{failure}"));
        }
    }
}
