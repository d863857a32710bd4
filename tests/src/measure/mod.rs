//! `cargo run --release -p tests --bin measure`: the figures of docs/performance.md, taken in one run.
//!
//! ```text
//! measure → starts (every function beside one that does nothing)
//!         → calls  (one of each operation alone, read off the endpoint's meter) → the order's totals
//!         → orders (from the POST to the confirmation mail)
//! ```

mod calls;
mod orders;
mod starts;
mod table;
mod visitor;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dev::seed;
use runtime::cloud::{Cloud, Options as CloudOptions, Ports, STACK};
use runtime::host;
use runtime::sources::Redelivery;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// The repository.
    pub root: PathBuf,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// How often each function is started.
    pub starts: usize,
    /// How many orders are timed.
    pub orders: usize,
}

/// Measures a shop of its own, in memory, and prints the tables as Markdown.
///
/// # Errors
/// Something does not run as it should, or `out` cannot be written.
pub async fn measure<W: Write>(options: &Options, out: &mut W) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let cloud = Cloud::start(CloudOptions {
        root: options.root.clone(),
        stack_name: STACK.to_owned(),
        binaries: folder.path().to_owned(),
        data: None,
        ports: Ports::default(),
        dynamodb_endpoint: None,
        sqs_endpoint: None,
        ses_endpoint: None,
        lambda_endpoint: None,
        // Whatever fires meanwhile would be counted.
        schedules: false,
        concurrency: host::DEFAULT_CONCURRENCY,
        redelivery: Redelivery::AfterVisibility,
        log: host::silent(),
    })
    .await?;
    let measured = match copy(&cloud, &options.binaries, folder.path()) {
        Ok(()) => print(&cloud, folder.path(), options, out).await,
        Err(error) => Err(error),
    };
    cloud.shutdown().await;
    measured
}

/// Calls each operation of a stocked shop, as the measurements do, each after the one before has come to rest.
///
/// # Errors
/// Something does not run as it should.
pub async fn visit(cloud: &Cloud) -> Result<(), Error> {
    calls::measure(cloud).await.map(drop)
}

/// Copies what is to run. A file as the linker wrote it is mapped page by page, which takes some half of a millisecond
/// longer than one that was copied, as everything is that is deployed; and not all files were linked at the same time.
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
        profile(options)
    )?;
    writeln!(out, "\n## Starts, memory, size\n\n{}", starts.markdown(cloud))?;
    writeln!(out, "## One call of each operation\n\n{}", calls.markdown(cloud))?;
    writeln!(out, "## One order\n\n{}", calls.order_markdown())?;
    writeln!(out, "## From the POST of the order to the confirmation mail\n\n{}", orders.markdown())?;
    Ok(())
}

/// Waits until nothing is left to do.
async fn settle(cloud: &Cloud) -> Result<(), Error> {
    Ok(cloud.sources().idle(Duration::from_secs(60)).await?)
}

fn profile(options: &Options) -> &'static str {
    if options.binaries.ends_with("release") { "release" } else { "dev" }
}

/// The processor, as far as the system says, and how many of its cores there are.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    format!("{cores} cores of {model}, {}", std::env::consts::OS)
}
