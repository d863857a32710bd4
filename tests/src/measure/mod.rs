//! `cargo run --release -p tests --bin measure` takes the figures of docs/performance.md in one run.
//!
//! ```text
//! measure → starts (every function, and one that does nothing)
//!         → calls  (one of each operation, read from the endpoint's meter) → the order's totals
//!         → orders (from the POST to the confirmation mail)
//! ```

mod build;
mod calls;
mod in_memory;
mod orders;
mod searches;
mod starts;
mod table;
mod visitor;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dev::seed;
use runtime::cloud::Cloud;

pub use build::build;
pub(crate) use in_memory::{Settings, in_memory};
pub use searches::{SearchOptions, searches};
pub(crate) use table::markdown;
pub(crate) use visitor::Visitor;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// What to measure, and how often.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The number of starts of each function.
    pub starts: usize,
    /// The number of orders to time.
    pub orders: usize,
}

/// Measures a separate shop in memory, and prints the tables as Markdown.
///
/// # Errors
/// Fails if a call fails, or if `out` cannot be written.
pub async fn measure<W: Write>(options: &Options, out: &mut W) -> Result<(), Error> {
    // A schedule that fires would be counted.
    let settings = Settings { mails: usize::MAX, schedules: false };
    let work = async |cloud: &Cloud, binaries: &Path| print(cloud, binaries, options, &mut *out).await;
    in_memory(&options.root, &options.binaries, settings, work).await
}

/// Calls each operation of a stocked shop as the measurements do, each when the shop is at rest after the previous one.
///
/// # Errors
/// Fails if a call fails.
pub async fn visit(cloud: &Cloud) -> Result<(), Error> {
    calls::measure(cloud).await.map(drop)
}

/// Copies the binaries. A file that the linker has just written is mapped page by page, which makes a start about half
/// a millisecond slower than that of a copy. Deployed files are always copies.
fn copy(cloud: &Cloud, from: &Path, to: &Path) -> Result<(), Error> {
    let binaries: BTreeSet<&str> = cloud.host().operations().map(starts::binary).collect();
    for binary in binaries.into_iter().chain([starts::FLOOR]) {
        let name = format!("{binary}{}", std::env::consts::EXE_SUFFIX);
        let copied = std::fs::copy(from.join(&name), to.join(&name));
        copied.map_err(|error| format!("{}: {error}", from.join(&name).display()))?;
    }
    Ok(())
}

async fn print<W: Write>(
    cloud: &Cloud,
    binaries: &Path,
    options: &Options,
    out: &mut W,
) -> Result<(), Error> {
    seed::seed(cloud).await?;
    settle(cloud).await?;
    let starts = starts::measure(cloud, binaries, options.starts).await?;
    let calls = calls::measure(cloud).await?;
    let orders = orders::measure(cloud, options.orders).await?;

    writeln!(
        out,
        "Taken on {} on {}, {} build.",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        machine(),
        profile()
    )?;
    writeln!(out, "\n## Starts, memory, size\n\n{}", starts.markdown(cloud))?;
    writeln!(out, "## One call of each operation\n\n{}", calls.markdown(cloud))?;
    writeln!(out, "## One order\n\n{}", calls.order_markdown())?;
    writeln!(out, "## From the POST of the order to the confirmation mail\n\n{}", orders.markdown())?;
    Ok(())
}

/// Waits until nothing is left to do.
pub(crate) async fn settle(cloud: &Cloud) -> Result<(), Error> {
    Ok(cloud.sources().idle(Duration::from_secs(60)).await?)
}

/// Returns the build profile, which is that of the functions, too.
pub(crate) fn profile() -> &'static str {
    if cfg!(debug_assertions) { "dev" } else { "release" }
}

/// Returns the number of cores, and the processor's model if the system reports it.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    format!("{cores} cores of {model}, {}", std::env::consts::OS)
}
