//! Functions that others run, over the engines of a running cloud: `cargo lambda watch`, `sam local invoke`, a debugger. They get
//! the environment that the cloud's own host would give them, from the cloud that runs.

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

/// Where a function finds the Runtime API: whoever starts it says so, and no two functions have the same.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// How often an Invoke API that is not there yet is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A function, as far as whoever runs it has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// What it goes by: its operation, which is also the binary, or where services share that, the service and the operation.
    pub operation: String,
    /// The logical id in its template; where services share the binary, with the nested stack before it, as `sam local` takes it.
    pub logical_id: String,
    /// All variables of its processes, but for the Runtime API's address.
    pub environment: BTreeMap<String, String>,
}

impl Attached {
    /// All functions of a deployment.
    #[must_use]
    pub fn all(functions: &[Function], host: &Host) -> Vec<Self> {
        let one = |function: &Function| Self {
            operation: function.operation.clone(),
            logical_id: if function.shares_its_binary() {
                format!("{}/{}", capitalised(&function.service), function.logical_id)
            } else {
                function.logical_id.clone()
            },
            environment: host.environment(&function.operation).cloned().unwrap_or_default(),
        };
        functions.iter().map(one).collect()
    }

    /// `NAME=value`, a line each.
    #[must_use]
    pub fn lines(&self) -> String {
        let lines = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A service's stack in the root template is called as the service: `Orders`.
fn capitalised(service: &str) -> String {
    let mut letters = service.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The file that `sam local invoke --env-vars` reads: the variables of each function, by its logical id.
#[must_use]
pub fn sam_environment(functions: &[Attached]) -> Value {
    let entries = functions.iter().map(|function| (function.logical_id.clone(), json!(function.environment)));
    Value::Object(entries.collect())
}

/// Why there is no environment for a function.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// Nobody answers there.
    #[error(
        "no shop runs at {url}: start one with `cargo dev`, or say where with --console-port or BODEGA_CONSOLE_PORT"
    )]
    NotRunning {
        /// The console's URL.
        url: String,
        /// What came instead.
        #[source]
        source: reqwest::Error,
    },
    /// The URL of an Invoke API is none that can be reached.
    #[error("{0} is no address with a host and a port")]
    NoAddress(Url),
    /// No function is called so.
    #[error("no function runs the operation {asked:?}; there are: {}", known.join(", "))]
    NoSuchFunction {
        /// The name.
        asked: String,
        /// The operations.
        known: Vec<String>,
    },
    /// A function that has nobody to ask for its events.
    #[error(
        "{RUNTIME_API} is not set: whoever starts the function, such as `cargo lambda watch`, says where its events are"
    )]
    NoRuntimeApi,
    /// The binary does not start.
    #[error("{binary}: {source}")]
    Start {
        /// The binary.
        binary: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Waits until somebody listens at an Invoke API's URL. Nothing is asked there: whatever it is, `cargo lambda watch` takes it for
/// an event of some function.
///
/// # Errors
/// The URL names no host and port.
pub async fn reached(url: &Url) -> Result<(), AttachError> {
    let addresses = url.socket_addrs(|| None).map_err(|_| AttachError::NoAddress(url.clone()))?;
    while TcpStream::connect(addresses.as_slice()).await.is_err() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Asks the running cloud for its functions.
///
/// # Errors
/// Nobody answers at the console's URL.
pub async fn functions(console_url: &str) -> Result<Vec<Attached>, AttachError> {
    install_crypto();
    let not_running = |source| AttachError::NotRunning { url: console_url.to_owned(), source };
    let client = Client::builder().no_proxy().tls_certs_only([]).build().map_err(not_running)?;
    let answer = client.get(format!("{console_url}/functions")).send().await.map_err(not_running)?;
    answer.error_for_status().map_err(not_running)?.json().await.map_err(not_running)
}

/// Asks the running cloud for one of its functions.
///
/// # Errors
/// Nobody answers at the console's URL, or there is no such function.
pub async fn function(console_url: &str, operation: &str) -> Result<Attached, AttachError> {
    let all = functions(console_url).await?;
    let known = all.iter().map(|function| function.operation.clone()).collect();
    let found = all.into_iter().find(|function| function.operation == operation);
    found.ok_or_else(|| AttachError::NoSuchFunction { asked: operation.to_owned(), known })
}

/// Becomes the function that a binary is named for: with its environment and nothing of this program's own, apart from the
/// Runtime API's address. Returns only if that fails, or where no program can become another: then when it has ended.
///
/// # Errors
/// Nobody answers at the console's URL, there is no such function, no Runtime API is set, or the binary does not start.
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

/// The same process goes on as the function, so that whoever stops this one stops that.
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
    fn an_environment_is_lines_or_sams_file() {
        let function = attached("get-order", "GetOrderFunction");
        assert_eq!(function.lines(), "TABLE_NAME=bodega-orders\nTZ=:UTC");
        let all = [function, attached("list-orders", "ListOrdersFunction")];
        let variables = json!({ "TABLE_NAME": "bodega-orders", "TZ": ":UTC" });
        let expected = json!({ "GetOrderFunction": variables, "ListOrdersFunction": variables });
        assert_eq!(sam_environment(&all), expected);
    }
}
