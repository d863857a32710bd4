//! A reader's position in a stream. It is kept in a file, so that a restart resumes there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StartError;

/// The last processed record of each shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Positions {
    /// The stream's ARN. A table that was created again has another one.
    pub(super) stream: String,
    /// The sequence number of the last processed record, by shard.
    pub(super) done: BTreeMap<String, String>,
}

/// The positions of one function in one table's stream.
#[derive(Debug)]
pub(super) struct Checkpoint {
    file: Option<PathBuf>,
    pub(super) positions: Positions,
    /// Whether an earlier run left positions in the same stream.
    pub(super) resumed: bool,
}

impl Checkpoint {
    pub(super) fn open(data: Option<&Path>, name: &str, stream: &str) -> Result<Self, StartError> {
        let fresh = Positions { stream: stream.to_owned(), done: BTreeMap::new() };
        let Some(data) = data else { return Ok(Self { file: None, positions: fresh, resumed: false }) };
        let directory = data.join("streams");
        let path = directory.join(format!("{name}.json"));
        let failed = |error| StartError::Positions { path: path.clone(), error };
        std::fs::create_dir_all(&directory).map_err(failed)?;
        let kept: Option<Positions> = match std::fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice(&text).map_err(|error| failed(error.into()))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let kept = kept.filter(|positions| positions.stream == stream);
        let resumed = kept.is_some();
        let checkpoint = Self { file: Some(path.clone()), positions: kept.unwrap_or(fresh), resumed };
        // Saving now makes a restart resume here even if nothing was read, so that it skips no record in between.
        checkpoint.save().map_err(failed)?;
        Ok(checkpoint)
    }

    /// Marks the records up to this one as processed.
    pub(super) fn done(&mut self, shard: &str, sequence_number: &str) {
        self.positions.done.insert(shard.to_owned(), sequence_number.to_owned());
        if let Err(error) = self.save() {
            tracing::warn!(%error, "a stream's position cannot be saved; its last records will be redelivered after a restart");
        }
    }

    fn save(&self) -> std::io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let partial = path.with_extension("partial");
        std::fs::write(&partial, serde_json::to_vec(&self.positions)?)?;
        std::fs::rename(partial, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_kept_for_the_same_stream_only() {
        let directory = tempfile::tempdir().unwrap();
        let data = Some(directory.path());
        let mut first = Checkpoint::open(data, "relay-orders", "stream-1").unwrap();
        assert!(!first.resumed);
        first.done("shard", "100");
        let again = Checkpoint::open(data, "relay-orders", "stream-1").unwrap();
        assert!(again.resumed);
        assert_eq!(again.positions.done["shard"], "100");
        let another = Checkpoint::open(data, "relay-orders", "stream-2").unwrap();
        assert!(!another.resumed);
        assert!(another.positions.done.is_empty());
    }
}
