//! A file of the SQS messages not yet deleted, because the embedded engine keeps messages only in memory.
//!
//! One line per message sent, received or deleted, written before the call is answered, so that an acknowledged message
//! survives even `kill -9`. (Writes are not synced to disk: a power cut may lose the last second.) A restart sends the
//! remaining messages again, under new message ids.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Above this size the file is truncated as soon as no message is left.
const REWIND_AT: u64 = 1024 * 1024;

/// A message that was sent and not yet deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The queue's name: where the message was sent, or, once received from another queue, that queue.
    pub(super) queue: String,
    /// When it becomes visible.
    pub(super) due: Timestamp,
    /// `SendMessage`'s request.
    pub(super) request: Value,
    /// How often it has been received from that queue.
    #[serde(default)]
    pub(super) received: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Sent { id: String, message: Kept },
    Received { id: String, queue: String },
    Deleted { id: String },
    Purged { queue: String },
}

/// The journal. All its work is done under one lock, in the order of its lines.
#[derive(Debug)]
pub(super) struct Journal(Mutex<State>);

#[derive(Debug)]
struct State {
    path: PathBuf,
    file: File,
    size: u64,
    kept: HashMap<String, Kept>,
    /// The message's last receipt handle.
    handles: HashMap<String, String>,
    /// Messages deleted before the sender's line was written: a consumer can be that fast.
    deleted_early: HashSet<String>,
}

impl Journal {
    /// Opens the journal and returns the messages to send again. The file starts empty: sending writes them.
    pub(super) fn open(path: &Path) -> std::io::Result<(Self, Vec<Kept>)> {
        // The remaining messages are set aside first and removed once sent, so that a crash in between loses nothing.
        let aside = path.with_extension("previous");
        let mut left = read(&aside)?;
        left.extend(read(path)?);
        write_all(&aside, &left)?;
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
        let state = State {
            path: path.to_owned(),
            file,
            size: 0,
            kept: HashMap::new(),
            handles: HashMap::new(),
            deleted_early: HashSet::new(),
        };
        Ok((Self(Mutex::new(state)), left))
    }

    /// Records that everything returned by [`Journal::open`] has been sent again.
    pub(super) fn restored(&self) -> std::io::Result<()> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::fs::remove_file(state.path.with_extension("previous")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Records that a message was sent.
    pub(super) fn sent(&self, id: &str, message: Kept) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.deleted_early.remove(id) {
            return Ok(());
        }
        state.kept.insert(id.to_owned(), message.clone());
        state.append(&Line::Sent { id: id.to_owned(), message })
    }

    /// Records that a message was received with this receipt handle.
    pub(super) fn received(&self, id: &str, queue: &str, handle: &str) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.handles.retain(|_, known| known != id);
        state.handles.insert(handle.to_owned(), id.to_owned());
        if let Some(message) = state.kept.get_mut(id) {
            receive(message, queue);
        }
        state.append(&Line::Received { id: id.to_owned(), queue: queue.to_owned() })
    }

    /// Records that the message with this receipt handle was deleted. An old handle deletes nothing, as in the engine.
    pub(super) fn deleted(&self, handle: &str) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(id) = state.handles.remove(handle) else { return Ok(()) };
        if state.kept.remove(&id).is_none() {
            state.deleted_early.insert(id);
            return Ok(());
        }
        if state.kept.is_empty() && state.size > REWIND_AT {
            return state.rewind();
        }
        state.append(&Line::Deleted { id })
    }

    /// Records that a queue was purged.
    pub(super) fn purged(&self, queue: &str) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.retain(|_, message| message.queue != queue);
        state.append(&Line::Purged { queue: queue.to_owned() })
    }
}

impl State {
    fn append(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.size += text.len() as u64;
        self.file.write_all(&text)
    }

    fn rewind(&mut self) -> std::io::Result<()> {
        self.file = OpenOptions::new().write(true).truncate(true).open(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

fn receive(message: &mut Kept, queue: &str) {
    // Received from another queue: the engine has moved it to the dead-letter queue, where the count restarts.
    message.received = if message.queue == queue { message.received + 1 } else { 1 };
    queue.clone_into(&mut message.queue);
}

/// Returns the messages that a journal's lines leave undeleted, in the order in which they were sent.
fn read(path: &Path) -> std::io::Result<Vec<Kept>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut kept: Vec<(String, Kept)> = Vec::new();
    for text in BufReader::new(file).split(b'\n') {
        // A kill in the middle of a write truncates the last line: that call was never answered.
        let Ok(line) = serde_json::from_slice::<Line>(&text?) else { continue };
        match line {
            Line::Sent { id, message } => kept.push((id, message)),
            Line::Received { id, queue } => {
                if let Some((_, message)) = kept.iter_mut().find(|(known, _)| *known == id) {
                    receive(message, &queue);
                }
            }
            Line::Deleted { id } => kept.retain(|(known, _)| *known != id),
            Line::Purged { queue } => kept.retain(|(_, message)| message.queue != queue),
        }
    }
    Ok(kept.into_iter().map(|(_, message)| message).collect())
}

fn write_all(path: &Path, messages: &[Kept]) -> std::io::Result<()> {
    let mut text = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        serde_json::to_writer(&mut text, &Line::Sent { id: index.to_string(), message: message.clone() })?;
        text.push(b'\n');
    }
    // Written under another name and renamed, so that the file is never incomplete.
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text)?;
    std::fs::rename(partial, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(queue: &str, body: &str) -> Kept {
        let request = serde_json::json!({ "MessageBody": body });
        Kept { queue: queue.to_owned(), due: Timestamp::UNIX_EPOCH, request, received: 0 }
    }

    fn bodies(left: &[Kept]) -> Vec<(&str, &str)> {
        left.iter().map(|kept| (kept.queue.as_str(), kept.request["MessageBody"].as_str().unwrap())).collect()
    }

    #[test]
    fn undeleted_messages_are_returned() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sqs.journal");
        let (journal, left) = Journal::open(&path).unwrap();
        assert!(left.is_empty());
        for (id, queue) in [("1", "a"), ("2", "a"), ("3", "b"), ("4", "a")] {
            journal.sent(id, message(queue, id)).unwrap();
        }
        journal.received("1", "a", "first").unwrap();
        journal.received("1", "a", "second").unwrap();
        journal.deleted("first").unwrap();
        journal.received("2", "a", "third").unwrap();
        journal.deleted("third").unwrap();
        journal.received("4", "dead", "fourth").unwrap();
        journal.purged("b").unwrap();
        let (_, left) = Journal::open(&path).unwrap();
        assert_eq!(bodies(&left), [("a", "1"), ("dead", "4")]);
        assert_eq!(left[0].received, 2);
    }

    #[test]
    fn a_crash_during_a_restore_loses_no_message() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sqs.journal");
        Journal::open(&path).unwrap().0.sent("1", message("a", "one")).unwrap();
        let (_, left) = Journal::open(&path).unwrap();
        assert_eq!(bodies(&left), [("a", "one")]);
        let (journal, left) = Journal::open(&path).unwrap();
        assert_eq!(bodies(&left), [("a", "one")]);
        journal.sent("2", left[0].clone()).unwrap();
        journal.restored().unwrap();
        assert_eq!(bodies(&Journal::open(&path).unwrap().1), [("a", "one")]);
    }

    #[test]
    fn a_deletion_before_the_senders_line_counts_and_a_truncated_line_is_ignored() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sqs.journal");
        let (journal, _) = Journal::open(&path).unwrap();
        journal.received("1", "a", "handle").unwrap();
        journal.deleted("handle").unwrap();
        journal.sent("1", message("a", "fast")).unwrap();
        journal.sent("2", message("a", "slow")).unwrap();
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"sent\":{\"id\":\"3\"");
        std::fs::write(&path, text).unwrap();
        assert_eq!(bodies(&Journal::open(&path).unwrap().1), [("a", "slow")]);
    }
}
