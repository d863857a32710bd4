//! Measures starts: the time from `exec` to the first `next`, the peak memory until then, and the size of the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::Error;
use super::table::{grouped, markdown};
use engines::aws::Activity;
use engines::credentials::FunctionCredentials;
use model::clock::Clock;
use model::deployment::Function;
use runtime::cloud::{Cloud, REGION};
use runtime::host::{self, Host, Start, median};

/// The floor: a function that does nothing.
pub(super) const FLOOR: &str = "do-nothing";

/// Returns the binary of an operation. The names of operations that share a binary are prefixed with the service:
/// `orders.relay-events`.
pub(super) fn binary(operation: &str) -> &str {
    operation.rsplit('.').next().unwrap_or(operation)
}

/// Measurements of every function and of the floor.
pub(super) struct Starts {
    floor: Measured,
    functions: BTreeMap<String, Measured>,
    /// The operations that make an AWS call before they are ready.
    calling_aws: BTreeSet<String>,
}

#[derive(Default)]
struct Measured {
    took: Vec<Duration>,
    peak_memory: u64,
    size: u64,
}

impl Measured {
    fn add(&mut self, start: Start) {
        self.took.push(start.took);
        self.peak_memory = self.peak_memory.max(start.peak_memory);
    }

    fn milliseconds(&self) -> f64 {
        median(&self.took).unwrap_or_default().as_secs_f64() * 1_000.0
    }
}

/// Starts every function `starts` times, in rounds of all functions, so that other load on the machine affects all of
/// them equally.
pub(super) async fn measure(cloud: &Cloud, binaries: &Path, starts: usize) -> Result<Starts, Error> {
    let operations: Vec<&str> = cloud.host().operations().collect();
    of(cloud, binaries, &operations, starts).await
}

/// Starts these functions `starts` times.
pub(super) async fn of(
    cloud: &Cloud,
    binaries: &Path,
    operations: &[&str],
    starts: usize,
) -> Result<Starts, Error> {
    let floor = floor(cloud, binaries).await?;
    let size = |operation: &str| -> Result<u64, Error> {
        let file = binaries.join(format!("{}{}", binary(operation), std::env::consts::EXE_SUFFIX));
        Ok(std::fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?.len())
    };
    let mut measured = Starts {
        floor: Measured { size: size(FLOOR)?, ..Measured::default() },
        functions: BTreeMap::new(),
        calling_aws: BTreeSet::new(),
    };
    for operation in operations {
        let of = Measured { size: size(operation)?, ..Measured::default() };
        measured.functions.insert((*operation).to_owned(), of);
        // The first start reads the binary from disk and is not counted.
        cloud.host().try_start(operation).await?;
    }
    floor.try_start(FLOOR).await?;
    cloud.endpoint().meter().reset();
    for _ in 0..starts {
        measured.floor.add(floor.try_start(FLOOR).await?);
        for (operation, of) in &mut measured.functions {
            of.add(cloud.host().try_start(operation).await?);
        }
    }
    let reading = cloud.endpoint().meter().read();
    let operations = measured.functions.keys();
    measured.calling_aws =
        operations.filter(|operation| reading.total(operation).calls > 0).cloned().collect();
    floor.shutdown().await;
    Ok(measured)
}

/// Starts a host for the floor alone, configured like the functions' host.
async fn floor(cloud: &Cloud, binaries: &Path) -> Result<Host, Error> {
    let like = cloud.deployment().functions.first().ok_or("the deployment has no functions")?;
    let (operation, binary) = (FLOOR.to_owned(), FLOOR.to_owned());
    let function = Function { operation, binary, environment: BTreeMap::new(), ..like.clone() };
    let functions = [function];
    let options = host::Options {
        clock: Clock::default(),
        binaries: binaries.to_owned(),
        endpoint_url: cloud.endpoint().url().to_owned(),
        region: REGION.to_owned(),
        credentials: FunctionCredentials::new(&functions, &rand::random()),
        concurrency: 1,
        log: host::silent(),
        activity: Activity::default(),
        external: None,
    };
    Ok(Host::start(&functions, options).await?)
}

impl Starts {
    /// Returns the table. The cloud knows the functions' peak memory in use.
    pub(super) fn markdown(&self, cloud: &Cloud) -> String {
        let worked: BTreeMap<String, u64> =
            cloud.host().statistics().into_iter().map(|of| (of.operation, of.peak_memory)).collect();
        let mut rows = vec![self.row(FLOOR, &self.floor, None)];
        for (operation, measured) in &self.functions {
            rows.push(self.row(operation, measured, worked.get(operation).copied()));
        }
        let heads = [
            "function",
            "exec → next, ms",
            "× floor",
            "peak MB at start",
            "peak MB in use",
            "binary, bytes",
            "× floor",
        ];
        format!(
            "Medians of {} starts each, in rounds with the function `{FLOOR}`. A * marks those that read a secret \
             before they are ready.\n\n{}",
            self.floor.took.len(),
            markdown(&heads, &rows)
        )
    }

    fn row(&self, operation: &str, measured: &Measured, in_use: Option<u64>) -> Vec<String> {
        let mark = if self.calling_aws.contains(operation) { " *" } else { "" };
        let in_use = in_use.filter(|bytes| *bytes > 0).map_or("–".to_owned(), megabytes);
        vec![
            format!("{operation}{mark}"),
            format!("{:.1}", measured.milliseconds()),
            format!("{:.2}", measured.milliseconds() / self.floor.milliseconds()),
            megabytes(measured.peak_memory),
            in_use,
            grouped(measured.size),
            format!("{:.2}", ratio(measured.size, self.floor.size)),
        ]
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", ratio(bytes, 1_000_000))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files and processes, to be printed with two digits")]
fn ratio(of: u64, to: u64) -> f64 {
    of as f64 / to as f64
}
