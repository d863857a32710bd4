//! A function's process: one thread, clients made once, then invocation after invocation.

use std::fmt;

use crate::environment::{Connect, Environment, InitError};
use crate::problem::chain;
use crate::telemetry;

/// Why a function's process ended.
#[derive(thiserror::Error)]
pub enum Error {
    /// It could not start.
    #[error("init failed")]
    Init(#[from] InitError),
    /// The runtime could not be made.
    #[error("no runtime")]
    Runtime(#[from] std::io::Error),
    /// The Lambda Runtime API is gone.
    #[error("the Lambda Runtime API failed")]
    Lambda(#[source] lambda_runtime::Error),
}

/// `main` prints its error with `Debug`; what an operator wants to read is the chain of causes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

/// Starts a function: telemetry, environment, adapters, then `serve`.
pub(crate) fn start<A, F, Fut>(operation: &'static str, serve: F) -> Result<(), Error>
where
    A: Connect,
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = Result<(), lambda_runtime::Error>>,
{
    telemetry::start();
    // A function handles one invocation at a time: more threads would only cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let adapters = match connect::<A>(operation).await {
            Ok(adapters) => adapters,
            Err(error) => {
                tracing::error!(operation, error = %chain(&error), "init failed");
                return Err(error.into());
            }
        };
        serve(adapters).await.map_err(Error::Lambda)
    })
}

async fn connect<A: Connect>(operation: &'static str) -> Result<A, InitError> {
    let environment = Environment::load(operation)?;
    A::connect(&environment).await
}
