//! Being told to stop: Ctrl-C at the terminal, or SIGTERM from whatever else started this program.

use std::io;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Hears the signals to stop. From the moment it exists they end nothing by themselves, so that every process that was
/// started can be stopped first.
#[derive(Debug)]
pub struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system does not let this program listen.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub async fn signalled(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C is not heard");
            std::future::pending().await
        }
    }

    /// Does the work, unless a signal comes first: then the work is dropped where it is.
    ///
    /// # Errors
    /// The work's own, or that it was stopped.
    pub async fn before<T>(&mut self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            done = work => done,
            () = self.signalled() => Err("stopped before it was done".into()),
        }
    }
}
