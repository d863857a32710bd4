//! Functions that another tool runs against the engines of a running cloud: `cargo lambda watch`, `sam local invoke`, a
//! debugger.
//!
//! The running cloud supplies the environment that its own host would set.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::host::Host;
use engines::aws::install_crypto;
use model::deployment::Function;

/// Address of the Runtime API. The process that starts a function sets it, to a different value for each function.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Interval between attempts to connect to an Invoke API.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// What a tool needs to run a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The operation, which is also the name of the binary. If several services share a binary, the service comes
    /// first.
    pub operation: String,
    /// The logical id in its template. If services share the binary, the nested stack comes first, as `sam local`
    /// expects.
    pub logical_id: String,
    /// All environment variables, except the address of the Runtime API.
    pub environment: BTreeMap<String, String>,
}

impl Attached {
    /// Returns all functions of a deployment.
    #[must_use]
    pub fn all(functions: &[Function], host: &Host) -> Vec<Self> {
        let one = |function: &Function| Self {
            operation: function.operation.clone(),
            logical_id: if function.shares_its_binary() {
                format!("{}/{}", capitalised(&function.service), function.logical_id)
            } else {
                function.logical_id.clone()
            },
            environment: open(host.environment(&function.operation).cloned().unwrap_or_default()),
        };
        functions.iter().map(one).collect()
    }

    /// Returns the environment as `NAME=value`, one variable per line.
    #[must_use]
    pub fn lines(&self) -> String {
        let lines = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Other tools call a function directly, and SAM's own gateway sends no header of the front door. So it accepts calls
/// from anywhere.
fn open(mut environment: BTreeMap<String, String>) -> BTreeMap<String, String> {
    if let Some(digests) = environment.get_mut("ORIGIN_DIGESTS") {
        digests.clear();
    }
    environment
}

/// Returns the logical id of a service's stack in the root template: the service's name, capitalised (`Orders`).
fn capitalised(service: &str) -> String {
    let mut letters = service.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns the contents of the file that `sam local invoke --env-vars` reads: variables by logical id.
#[must_use]
pub fn sam_environment(functions: &[Attached]) -> Value {
    let entries = functions.iter().map(|function| (function.logical_id.clone(), json!(function.environment)));
    Value::Object(entries.collect())
}

/// Why a function cannot be attached to a running cloud.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// No console answers at the URL.
    #[error(
        "no shop is running at {url}: start one with `cargo dev`, or specify the port with --console-port or BODEGA_CONSOLE_PORT"
    )]
    NotRunning {
        /// The console's URL.
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// The URL of an Invoke API has no host or no port.
    #[error("{0} is not an address with a host and a port")]
    NoAddress(Url),
    /// No function has the name.
    #[error("no function runs the operation {asked:?}; the operations are: {}", known.join(", "))]
    NoSuchFunction {
        /// The name that was requested.
        asked: String,
        /// All operations.
        known: Vec<String>,
    },
    /// The address of the Runtime API is missing from the environment.
    #[error(
        "{RUNTIME_API} is not set: the program that starts the function, such as `cargo lambda watch`, has to set it"
    )]
    NoRuntimeApi,
    /// The binary cannot be started.
    #[error("{binary}: {source}")]
    Start {
        binary: String,
        #[source]
        source: std::io::Error,
    },
}

/// Waits until an Invoke API's URL accepts connections. Sends no request, because `cargo lambda watch` treats any
/// request as an event for a function.
///
/// # Errors
/// The URL has no host or no port.
pub async fn reached(url: &Url) -> Result<(), AttachError> {
    let addresses = url.socket_addrs(|| None).map_err(|_| AttachError::NoAddress(url.clone()))?;
    while TcpStream::connect(addresses.as_slice()).await.is_err() {
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
    Ok(())
}

/// Fetches all functions of the running cloud.
///
/// # Errors
/// No console answers at the URL.
pub async fn functions(console_url: &str) -> Result<Vec<Attached>, AttachError> {
    install_crypto();
    let not_running = |source| AttachError::NotRunning { url: console_url.to_owned(), source };
    let client = Client::builder().no_proxy().tls_certs_only([]).build().map_err(not_running)?;
    let answer = client.get(format!("{console_url}/functions")).send().await.map_err(not_running)?;
    answer.error_for_status().map_err(not_running)?.json().await.map_err(not_running)
}

/// Fetches one function of the running cloud.
///
/// # Errors
/// No console answers at the URL, or the function does not exist.
pub async fn function(console_url: &str, operation: &str) -> Result<Attached, AttachError> {
    let all = functions(console_url).await?;
    let known = all.iter().map(|function| function.operation.clone()).collect();
    let found = all.into_iter().find(|function| function.operation == operation);
    found.ok_or_else(|| AttachError::NoSuchFunction { asked: operation.to_owned(), known })
}

/// Replaces this process with the function that the binary is named after. The function gets its own environment and,
/// from this process's, only the address of the Runtime API.
///
/// On Unix this function returns only if it fails. Elsewhere it returns when the function's process has exited.
///
/// # Errors
/// No console answers at the URL, the function does not exist, no Runtime API is set, or the binary cannot be started.
pub async fn become_function(
    console_url: &str,
    binary: &Path,
    arguments: &[OsString],
) -> Result<(), AttachError> {
    let runtime_api = std::env::var_os(RUNTIME_API).ok_or(AttachError::NoRuntimeApi)?;
    let operation = binary.file_stem().unwrap_or_default().to_string_lossy();
    let function = function(console_url, &operation).await?;
    let mut command = Command::new(binary);
    command.args(arguments).env_clear().envs(&function.environment).env(RUNTIME_API, runtime_api);
    start(&mut command).map_err(|source| AttachError::Start { binary: binary.display().to_string(), source })
}

/// Replaces this process, so that stopping it stops the function.
#[cfg(unix)]
fn start(command: &mut Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn start(command: &mut Command) -> std::io::Result<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other(status.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(operation: &str, logical_id: &str) -> Attached {
        let environment = [("TABLE_NAME", "bodega-orders"), ("TZ", ":UTC")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Attached { operation: operation.to_owned(), logical_id: logical_id.to_owned(), environment }
    }

    #[test]
    fn the_environment_renders_as_lines_and_as_sam_json() {
        let function = attached("get-order", "GetOrderFunction");
        assert_eq!(function.lines(), "TABLE_NAME=bodega-orders\nTZ=:UTC");
        let all = [function, attached("list-orders", "ListOrdersFunction")];
        let variables = json!({ "TABLE_NAME": "bodega-orders", "TZ": ":UTC" });
        let expected = json!({ "GetOrderFunction": variables, "ListOrdersFunction": variables });
        assert_eq!(sam_environment(&all), expected);
    }
}
