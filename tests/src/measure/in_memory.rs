//! A shop of its own for a measurement.

use std::path::Path;

use runtime::cloud::{Cloud, Options, Ports, STACK};
use runtime::host;
use runtime::sources::Redelivery;

use super::{Error, copy};

/// What a shop that is measured differs in from another.
pub(crate) struct Settings {
    /// The number of mails that it keeps.
    pub(crate) mails: usize,
    /// Whether schedules run by themselves.
    pub(crate) schedules: bool,
}

/// Runs `work` over a shop in memory, whose functions are copies of the binaries in a folder. `work` gets that of the copies.
pub(crate) async fn in_memory<T>(
    root: &Path,
    binaries: &Path,
    settings: Settings,
    work: impl AsyncFnOnce(&Cloud, &Path) -> Result<T, Error>,
) -> Result<T, Error> {
    let folder = tempfile::tempdir()?;
    let Settings { mails, schedules } = settings;
    let cloud = Cloud::start(Options {
        root: root.to_owned(),
        stack_name: STACK.to_owned(),
        binaries: folder.path().to_owned(),
        data: None,
        mails,
        ports: Ports::default(),
        dynamodb_endpoint: None,
        sqs_endpoint: None,
        ses_endpoint: None,
        stripe_endpoint: None,
        lambda_endpoint: None,
        schedules,
        concurrency: host::DEFAULT_CONCURRENCY,
        redelivery: Redelivery::AfterVisibility,
        log: host::silent(),
    })
    .await?;
    let done = match copy(&cloud, binaries, folder.path()) {
        Ok(()) => work(&cloud, folder.path()).await,
        Err(error) => Err(error),
    };
    cloud.shutdown().await;
    done
}
