//! The books on disk: one line per request that changed something, written before the response is sent. `kill -9` loses
//! nothing that was acknowledged.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::books::{Books, Entry};

#[derive(Debug)]
pub(super) struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Opens the books of an earlier run; without a path, new ones in memory.
    pub(super) fn open(path: Option<&Path>) -> io::Result<(Self, Books)> {
        let mut books = Books::default();
        let Some(path) = path else { return Ok((Self { file: None }, books)) };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        // A last line truncated by a kill was never acknowledged. The next entry starts on its own line.
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
                books.replay(entry);
            }
        }
        Ok((Self { file: Some(file) }, books))
    }

    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        file.write_all(&line)
    }
}
