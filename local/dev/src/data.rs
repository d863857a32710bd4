//! The folder that the data of a laptop cloud is kept in: one run's at a time, and emptied only if it is one.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Locked by the run that uses the folder, and the sign that it is a folder of Bodega's.
const LOCK: &str = "lock";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another run has it.
    #[error("another `cargo dev` is using {}; stop it, or choose another folder with --data", .0.display())]
    InUse(PathBuf),
    /// It holds what is somebody else's.
    #[error("{} is not a data folder of Bodega's, so --fresh does not empty it", .0.display())]
    Foreign(PathBuf),
    /// The system refuses.
    #[error("the data folder {} cannot be used: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

/// The folder, for as long as this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// The system lets go of the lock when the file is closed, after `kill -9` too.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if need be and takes it; `fresh` empties it.
    ///
    /// # Errors
    /// Another run is using it, it is not Bodega's to empty, or the system refuses.
    pub fn open(path: &Path, fresh: bool) -> Result<Self, DataError> {
        let failed = |error| DataError::Io { path: path.to_owned(), error };
        fs::create_dir_all(path).map_err(failed)?;
        if fresh && !is_ours(path).map_err(failed)? {
            return Err(DataError::Foreign(path.to_owned()));
        }
        let lock = File::options().create(true).append(true).open(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        if fresh {
            empty(path).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a run has used it before, or nobody has.
fn is_ours(path: &Path) -> io::Result<bool> {
    Ok(path.join(LOCK).exists()
        || path.join("dynamodb.sqlite").exists()
        || fs::read_dir(path)?.next().is_none())
}

/// Deletes everything in it but the lock, which is held.
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

    #[test]
    fn one_run_at_a_time_has_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::open(&path, false).unwrap();
        fs::write(path.join("mails.jsonl"), "kept").unwrap();
        for fresh in [false, true] {
            let error = DataFolder::open(&path, fresh).unwrap_err();
            assert!(matches!(error, DataError::InUse(_)), "{error}");
        }
        assert_eq!(fs::read_to_string(path.join("mails.jsonl")).unwrap(), "kept");
        drop(first);
        DataFolder::open(&path, false).unwrap();
    }

    #[test]
    fn fresh_empties_a_folder_of_bodegas_and_no_other() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        drop(DataFolder::open(&path, true).unwrap());
        fs::create_dir(path.join("streams")).unwrap();
        fs::write(path.join("streams/relay.json"), "{}").unwrap();
        drop(DataFolder::open(&path, true).unwrap());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);

        let letters = parent.path().join("letters");
        fs::create_dir(&letters).unwrap();
        fs::write(letters.join("dear.txt"), "Ada").unwrap();
        let error = DataFolder::open(&letters, true).unwrap_err();
        assert!(matches!(error, DataError::Foreign(_)), "{error}");
        assert_eq!(fs::read_dir(&letters).unwrap().count(), 1);
    }
}
