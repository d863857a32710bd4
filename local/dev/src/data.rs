//! The data directory of a laptop cloud. Only one run can use it at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{ConstantBuilder, Retryable};

/// The lock file. It also marks the directory as one of Bodega's.
const LOCK: &str = "lock";

/// How long a lock is waited for. A run that was killed while it started a function leaves the lock to that process, which
/// closes it as soon as the function's program is loaded.
const PATIENCE: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::from_millis(50)).with_max_times(40);

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another run is using it.
    #[error("another `cargo dev` is using {}; stop it, or choose another directory with --data", .0.display())]
    InUse(PathBuf),
    /// It contains files, but was not created by Bodega.
    #[error("{} is not a data directory of Bodega, so --fresh does not delete its contents", .0.display())]
    Foreign(PathBuf),
    /// An I/O error.
    #[error("the data directory {} cannot be used: {error}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
}

/// A data directory, locked until this is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// The operating system releases the lock when the file is closed, even after `kill -9`.
    _lock: File,
}

impl DataFolder {
    /// Creates the directory if it does not exist, and locks it. `fresh` deletes its contents.
    ///
    /// # Errors
    /// Another run is using the directory, `fresh` would delete files that are not Bodega's, or an I/O error occurs.
    pub async fn open(path: &Path, fresh: bool) -> Result<Self, DataError> {
        let failed = |error| DataError::Io { path: path.to_owned(), error };
        fs::create_dir_all(path).map_err(failed)?;
        if fresh && !is_ours(path).map_err(failed)? {
            return Err(DataError::Foreign(path.to_owned()));
        }
        let lock = File::options().create(true).append(true).open(path.join(LOCK)).map_err(failed)?;
        let is_taken = |error: &TryLockError| matches!(error, TryLockError::WouldBlock);
        match (async || lock.try_lock()).retry(PATIENCE).when(is_taken).await {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        if fresh {
            empty(path).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Returns the directory's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns whether the directory is empty or was created by an earlier run.
fn is_ours(path: &Path) -> io::Result<bool> {
    Ok(path.join(LOCK).exists()
        || path.join("dynamodb.sqlite").exists()
        || fs::read_dir(path)?.next().is_none())
}

/// Deletes everything except the lock file, which is in use.
fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?
        } else {
            fs::remove_file(entry.path())?
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_run_with_the_same_directory_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::open(&path, false).await.unwrap();
        fs::write(path.join("mails.jsonl"), "kept").unwrap();
        for fresh in [false, true] {
            let error = DataFolder::open(&path, fresh).await.unwrap_err();
            assert!(matches!(error, DataError::InUse(_)), "{error}");
        }
        assert_eq!(fs::read_to_string(path.join("mails.jsonl")).unwrap(), "kept");
        drop(first);
        DataFolder::open(&path, false).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_a_killed_run_leaves_for_a_moment_is_waited_for() {
        let parent = tempfile::tempdir().unwrap();
        let killed = DataFolder::open(parent.path(), false).await.unwrap();
        let release = async {
            tokio::time::advance(Duration::from_secs(1)).await;
            drop(killed);
        };
        let (opened, ()) = tokio::join!(DataFolder::open(parent.path(), false), release);
        opened.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn fresh_deletes_only_bodegas_data() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        drop(DataFolder::open(&path, true).await.unwrap());
        fs::create_dir(path.join("streams")).unwrap();
        fs::write(path.join("streams/relay.json"), "{}").unwrap();
        drop(DataFolder::open(&path, true).await.unwrap());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);

        let letters = parent.path().join("letters");
        fs::create_dir(&letters).unwrap();
        fs::write(letters.join("dear.txt"), "Ada").unwrap();
        let error = DataFolder::open(&letters, true).await.unwrap_err();
        assert!(matches!(error, DataError::Foreign(_)), "{error}");
        assert_eq!(fs::read_dir(&letters).unwrap().count(), 1);
    }
}
