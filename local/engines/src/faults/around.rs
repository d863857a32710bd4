//! Runs a function's call together with its fault.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use futures::stream;
use tokio::sync::oneshot;

use super::plan::Dying;
use super::site::Fault;
use super::{Faults, Shared};

/// No caller waits longer than this: functions end within ten seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// How long after its caller has given up a late call takes effect. A retry pauses up to a second, so either the retry
/// or the late call may come first.
const LATE_BY: Duration = Duration::from_millis(150);

/// The failure that the server returns instead of the answer.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Its protocol's "too many requests".
    Throttled,
    /// DynamoDB's cancelled transaction, for a conflict.
    Conflict,
    /// Its protocol's 500.
    Failed,
    /// Nothing: the connection breaks (see [`no_answer`]).
    Lost,
}

/// A response that is never sent: the server closes the connection.
#[must_use]
pub fn no_answer() -> axum::response::Response {
    // A body that fails before its first byte: hyper gives up the connection with the head still unsent.
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the answer is lost on purpose");
    axum::response::Response::new(Body::from_stream(stream::iter([Err::<bytes::Bytes, _>(error)])))
}

impl Faults {
    /// Does a call's work, or injects its fault.
    ///
    /// Work that has started is finished even if the caller disconnects, as on AWS: a broken connection never leaves
    /// half a write.
    ///
    /// # Errors
    /// A fault was injected.
    pub async fn around<T: Send + 'static>(
        &self,
        function: &str,
        action: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Broken> {
        let fault = self.plan().call(function, action).map_err(|Dying| Broken::Lost)?;
        let (faults, function) = (self.clone(), function.to_owned());
        match fault {
            None => self.to_its_end(work).await,
            Some(Fault::Throttled) => Err(Broken::Throttled),
            Some(Fault::Conflict) => Err(Broken::Conflict),
            Some(Fault::Failed) => Err(Broken::Failed),
            Some(Fault::AnswerLost) => self.to_its_end(work).await.and(Err(Broken::Lost)),
            Some(Fault::Late) => self.late(work).await,
            Some(Fault::KilledBefore) => {
                let dying = Killing { faults, function };
                self.to_its_end(async move { dying.kill().await }).await.and(Err(Broken::Lost))
            }
            Some(Fault::KilledAfter) => {
                let killed = async move {
                    let dying = Killing { faults, function };
                    work.await;
                    dying.kill().await;
                };
                self.to_its_end(killed).await.and(Err(Broken::Lost))
            }
        }
    }

    /// Counts work of one's own as a call under way, until the guard is dropped.
    #[must_use]
    pub fn begin(&self) -> UnderWay {
        UnderWay::new(&self.0)
    }

    /// Does the work on a separate task, which a disconnecting caller does not end.
    pub async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Broken> {
        let under_way = UnderWay::new(&self.0);
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(under_way);
            done
        });
        task.await.map_err(|error| {
            tracing::error!(%error, "a call's task panicked");
            Broken::Lost
        })
    }

    async fn late<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Broken> {
        // The server drops this future when the caller closes the connection, and `waiting` goes with it.
        let (waiting, given_up) = oneshot::channel::<()>();
        let held_back = async move {
            match tokio::time::timeout(LONGEST_WAIT, given_up).await {
                Ok(_) => tokio::time::sleep(LATE_BY).await,
                Err(_) => tracing::warn!("the caller of a late call never gave up"),
            }
            work.await
        };
        let done = self.to_its_end(held_back).await;
        drop(waiting);
        done
    }
}

/// Marks a function as being killed until it is dropped.
struct Killing {
    faults: Faults,
    function: String,
}

impl Killing {
    async fn kill(&self) {
        match self.faults.0.kill.get() {
            Some(kill) => kill.kill(&self.function).await,
            None => {
                tracing::warn!(function = self.function, "the fault cannot kill the function: no host is set")
            }
        }
    }
}

impl Drop for Killing {
    fn drop(&mut self) {
        self.faults.plan().dead(&self.function);
    }
}

/// Counts a call until it is done.
pub struct UnderWay(Arc<Shared>);

impl std::fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnderWay").finish_non_exhaustive()
    }
}

impl UnderWay {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        self.0.activity.changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Activity;
    use crate::faults::Site;

    fn faults(fault: Fault) -> Faults {
        let faults = Faults::new(Activity::default());
        faults.watch();
        let site = Site { function: "get-order".to_owned(), action: "stripe:Refund".to_owned(), nth: 1 };
        faults.at(site, fault);
        faults
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_call_takes_effect_after_its_caller_disconnects() {
        let faults = faults(Fault::Late);
        let (done, mut received) = oneshot::channel();
        let late = faults.around("get-order", "stripe:Refund", async move { done.send("done") });
        assert!(tokio::time::timeout(Duration::from_secs(1), late).await.is_err());
        assert_eq!(received.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        assert_eq!(faults.under_way(), 1);
        assert_eq!(received.await, Ok("done"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_call_returns_after_the_longest_wait_if_its_caller_stays() {
        let faults = faults(Fault::Late);
        let began = tokio::time::Instant::now();
        assert_eq!(faults.around("get-order", "stripe:Refund", async { 7 }).await, Ok(7));
        assert_eq!(began.elapsed(), LONGEST_WAIT);
        assert_eq!(faults.under_way(), 0);
    }

    #[tokio::test]
    async fn work_completes_if_its_caller_disconnects() {
        let faults = Faults::new(Activity::default());
        let (go, gone) = oneshot::channel::<()>();
        let (done, received) = oneshot::channel();
        let work = async move { (gone.await, done.send("done")) };
        let call = faults.around("get-order", "stripe:Refund", work);
        assert!(tokio::time::timeout(Duration::ZERO, call).await.is_err());
        go.send(()).unwrap();
        assert_eq!(received.await, Ok("done"));
    }
}
