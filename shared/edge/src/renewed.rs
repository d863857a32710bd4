//! What was read elsewhere, and is read again when it is too old.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use telemetry::chain;

/// A value that is shared by all invocations of a process. Clones share it, too.
#[derive(Debug)]
pub struct Renewed<T>(Arc<Mutex<Held<T>>>);

impl<T> Clone for Renewed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Held<T> {
    value: Arc<T>,
    /// When it was last read, or an attempt to read it has failed; `None` if that was at init, which has no time.
    read_at: Option<Timestamp>,
    /// Whether it may be older than `read_at` says: it was read at init, or the last attempt to read it has failed.
    may_be_older: bool,
}

impl<T> Renewed<T> {
    /// Holds a value that was read at init. Its age counts from the first invocation.
    #[must_use]
    pub fn read_at_init(value: T) -> Self {
        Self(Arc::new(Mutex::new(Held { value: Arc::new(value), read_at: None, may_be_older: true })))
    }

    /// Holds a value that is read again as soon as it is needed.
    #[must_use]
    pub fn outdated(value: T) -> Self {
        Self(Arc::new(Mutex::new(Held {
            value: Arc::new(value),
            read_at: Some(Timestamp::MIN),
            may_be_older: false,
        })))
    }

    /// Returns the value, read again if it is as old as `age`. If it cannot be read, the old one is used for as long again:
    /// what depends on it continues while the place where it is kept does not answer.
    pub async fn within<E: Error + 'static>(
        &self,
        age: SignedDuration,
        now: Timestamp,
        read: impl Future<Output = Result<T, E>>,
    ) -> Arc<T> {
        if self.is_due(age, now) {
            // The old one is used.
            drop(self.read(read).await);
        }
        Arc::clone(&self.held().value)
    }

    /// Returns the value, read again if it is as old as `age`, or may be: if it was read at init, long before the first invocation
    /// perhaps, or the last attempt to read it has failed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn confirmed<E: Error + 'static>(
        &self,
        age: SignedDuration,
        now: Timestamp,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let may_be_older = self.held().may_be_older;
        if self.is_due(age, now) || may_be_older {
            self.read(read).await?;
        }
        Ok(Arc::clone(&self.held().value))
    }

    async fn read<E: Error + 'static>(&self, read: impl Future<Output = Result<T, E>>) -> Result<(), E> {
        let read = read.await;
        if let Err(error) = &read {
            tracing::warn!(error = %chain(error), "what is held in memory is not read again");
        }
        let mut held = self.held();
        held.may_be_older = read.is_err();
        held.value = Arc::new(read?);
        Ok(())
    }

    /// Notes that the value is being read if it is due, so that nobody else reads it as well.
    fn is_due(&self, age: SignedDuration, now: Timestamp) -> bool {
        let mut held = self.held();
        let read_at = *held.read_at.get_or_insert(now);
        let is_due = now.duration_since(read_at) >= age;
        if is_due {
            held.read_at = Some(now);
        }
        is_due
    }

    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Renewed<Option<Arc<T>>> {
    /// Returns a value without which nothing can be done, up to `age` old; an older one if it cannot be read again.
    ///
    /// # Errors
    /// If it has never been read, and cannot be read now.
    pub async fn required<E, Fut>(
        &self,
        age: SignedDuration,
        now: Timestamp,
        read: impl Fn() -> Fut,
    ) -> Result<Arc<T>, E>
    where
        E: Error + 'static,
        Fut: Future<Output = Result<T, E>>,
    {
        let first = async { read().await.map(|value| Some(Arc::new(value))) };
        match &*self.within(age, now, first).await {
            Some(value) => Ok(Arc::clone(value)),
            // Another call reads it at this moment, or it could not be read.
            None => read().await.map(Arc::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::io;

    use super::*;

    const AGE: SignedDuration = SignedDuration::from_mins(5);

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    async fn read(held: &Renewed<u32>, now: Timestamp, found: Result<u32, io::Error>) -> u32 {
        *held.within(AGE, now, ready(found)).await
    }

    #[tokio::test]
    async fn a_value_is_read_again_when_it_is_too_old() {
        let held = Renewed::read_at_init(1);
        assert_eq!(read(&held, minutes(0), Ok(2)).await, 1);
        assert_eq!(read(&held, minutes(5) - SignedDuration::from_secs(1), Ok(2)).await, 1);
        assert_eq!(read(&held, minutes(5), Ok(2)).await, 2);
        assert_eq!(read(&held, minutes(6), Ok(3)).await, 2, "it was just read");
        assert_eq!(read(&Renewed::outdated(1), minutes(0), Ok(2)).await, 2);
    }

    #[tokio::test]
    async fn the_old_value_is_used_while_it_cannot_be_read() {
        let held = Renewed::outdated(1);
        let failure = || Err(io::Error::other("no answer"));
        assert_eq!(read(&held, minutes(5), failure()).await, 1);
        assert_eq!(read(&held, minutes(6), Ok(2)).await, 1, "an attempt was just made");
        assert_eq!(read(&held, minutes(10), Ok(2)).await, 2);
    }

    #[tokio::test]
    async fn a_value_that_must_be_confirmed_is_read_until_it_is() {
        let held = Renewed::outdated(1);
        let failure = || Err(io::Error::other("no answer"));
        assert_eq!(read(&held, minutes(0), failure()).await, 1);
        let confirmed =
            async |now, found| held.confirmed(AGE, now, ready(found)).await.ok().map(|value| *value);
        assert_eq!(confirmed(minutes(0), failure()).await, None, "although an attempt was just made");
        assert_eq!(confirmed(minutes(0), Ok(2)).await, Some(2));
        assert_eq!(confirmed(minutes(1), Ok(3)).await, Some(2), "it was just read");
        assert_eq!(confirmed(minutes(6), failure()).await, None);
        assert_eq!(read(&held, minutes(6), Ok(3)).await, 2, "the old one is there");
        let held = Renewed::read_at_init(1);
        assert_eq!(read(&held, minutes(0), Ok(2)).await, 1);
        let confirmed =
            async |found| held.confirmed(AGE, minutes(0), ready(found)).await.ok().map(|value| *value);
        assert_eq!(confirmed(Ok(2)).await, Some(2), "nobody knows how long ago init was");
        assert_eq!(confirmed(Ok::<_, io::Error>(3)).await, Some(2));
    }

    #[tokio::test]
    async fn a_value_that_is_required_and_was_never_read_is_an_error() {
        let held = Renewed::outdated(None);
        let required = async |minute, found: fn() -> Result<u32, io::Error>| {
            let read = held.required(AGE, minutes(minute), || ready(found())).await;
            read.ok().map(|value: Arc<u32>| *value)
        };
        assert_eq!(required(0, || Err(io::Error::other("no answer"))).await, None);
        assert_eq!(required(1, || Ok(1)).await, Some(1), "although an attempt was just made");
        assert_eq!(required(5, || Ok(2)).await, Some(2));
        assert_eq!(required(10, || Err(io::Error::other("no answer"))).await, Some(2));
    }

    #[tokio::test]
    async fn a_clock_that_goes_back_reads_nothing() {
        let held = Renewed::read_at_init(1);
        assert_eq!(read(&held, minutes(9), Ok(2)).await, 1);
        assert_eq!(read(&held, minutes(2), Ok(2)).await, 1);
    }
}
