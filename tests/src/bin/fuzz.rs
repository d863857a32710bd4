//! Sends generated input to everything that parses text from outside. A failure ends the program with an error.

#![expect(clippy::print_stdout, reason = "a program that reports to its user")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tests::fuzz::TARGETS;

/// Generates input for parsers: an input may be refused, but nothing panics.
#[derive(Parser)]
struct Arguments {
    /// Inputs in all, spread evenly over the targets.
    #[arg(long, default_value_t = 100_000)]
    cases: u32,
    /// The seed; another seed generates other inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Targets to run; all if none is named.
    targets: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { cases, seed, targets: named } = Arguments::parse();
    if let Some(unknown) = named.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        println!("there is no target {unknown}");
        return ExitCode::FAILURE;
    }
    let is_chosen = |name: &str| named.is_empty() || named.iter().any(|chosen| chosen == name);
    let chosen: Vec<_> = TARGETS.iter().filter(|target| is_chosen(target.name)).collect();
    let each = cases.div_ceil(u32::try_from(chosen.len()).unwrap_or(1));
    let mut failures = 0;
    for target in &chosen {
        let begun = Instant::now();
        let result = target.run(each, seed);
        println!("{:>14}  {each:>8} cases  {:>6.1} s", target.name, begun.elapsed().as_secs_f64());
        if let Err(failure) = result {
            println!("{failure}");
            failures += 1;
        }
    }
    println!("{failures} of {} targets failed", chosen.len());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
