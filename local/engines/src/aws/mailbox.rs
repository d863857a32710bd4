//! Sent mail: nothing leaves the laptop; mail is kept for reading.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A mail that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// SES's message id.
    pub message_id: String,
    /// The `Source`.
    pub from: String,
    /// All recipients: `To`, `Cc` and `Bcc`.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The HTML part.
    pub html: Option<String>,
    /// The text part.
    pub text: Option<String>,
    /// The headers of a raw message, as they were sent.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The raw message: MIME, with headers and all parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Tags that the sender wants repeated in events about the mail.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// No matching mail was sent in time.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no matching mail within {waited:?}; {} others arrived: {subjects:?}", subjects.len())]
pub struct NoMail {
    /// How long the caller waited.
    pub waited: Duration,
    /// The mails that were sent instead: recipient and subject.
    pub subjects: Vec<String>,
}

/// The mail sent most recently. Clones share it.
#[derive(Debug, Clone)]
pub struct Mailbox(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    mails: watch::Sender<VecDeque<Mail>>,
    /// The number of mails to keep.
    kept: usize,
    file: Option<Mutex<File>>,
}

impl Mailbox {
    /// Opens an empty mailbox, or, with a directory, one with the mail of earlier runs. It keeps the newest `kept`
    /// mails.
    pub(super) fn open(directory: Option<&Path>, kept: usize) -> Result<Self, (PathBuf, std::io::Error)> {
        let Some(directory) = directory else {
            return Ok(Self(Arc::new(Shared { mails: watch::Sender::default(), kept, file: None })));
        };
        let path = directory.join("mails.jsonl");
        let (mails, file) = read(&path, kept).map_err(|error| (path.clone(), error))?;
        Ok(Self(Arc::new(Shared { mails: watch::Sender::new(mails), kept, file: Some(Mutex::new(file)) })))
    }

    pub(super) fn put(&self, mail: Mail) -> std::io::Result<()> {
        if let Some(file) = &self.0.file {
            let mut line = serde_json::to_vec(&mail)?;
            line.push(b'\n');
            file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?;
        }
        self.0.mails.send_modify(|mails| {
            mails.push_back(mail);
            let excess = mails.len().saturating_sub(self.0.kept);
            mails.drain(..excess);
        });
        Ok(())
    }

    /// All mail that is kept, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Mail> {
        self.0.mails.borrow().iter().cloned().collect()
    }

    /// The mail sent to `address`, oldest first.
    #[must_use]
    pub fn to(&self, address: &str) -> Vec<Mail> {
        self.0
            .mails
            .borrow()
            .iter()
            .filter(|mail| mail.to.iter().any(|to| is_to(to, address)))
            .cloned()
            .collect()
    }

    /// Waits for a matching mail; earlier mail counts.
    ///
    /// # Errors
    /// No mail matched before the deadline.
    pub async fn wait_for(&self, within: Duration, fits: impl Fn(&Mail) -> bool) -> Result<Mail, NoMail> {
        let mut changes = self.0.mails.subscribe();
        let found = async {
            loop {
                if let Some(mail) = changes.borrow_and_update().iter().find(|mail| fits(mail)) {
                    return mail.clone();
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(within, found).await.map_err(|_| NoMail {
            waited: within,
            subjects: self
                .all()
                .iter()
                .map(|mail| format!("{}: {}", mail.to.join(", "), mail.subject))
                .collect(),
        })
    }

    /// Reports every sent mail.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<VecDeque<Mail>> {
        self.0.mails.subscribe()
    }
}

/// Reads the newest `kept` mails of earlier runs, and removes the others from the file.
fn read(path: &Path, kept: usize) -> std::io::Result<(VecDeque<Mail>, File)> {
    let open = || OpenOptions::new().create(true).append(true).read(true).open(path);
    let mut file = open()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    // A last line truncated by a kill is a mail whose sending was never acknowledged. The next mail starts on its own
    // line.
    if text.last().is_some_and(|last| *last != b'\n') {
        file.write_all(b"\n")?;
    }
    let lines = text.split(|byte| *byte == b'\n');
    let mut mails: VecDeque<Mail> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let excess = mails.len().saturating_sub(kept);
    if excess == 0 {
        return Ok((mails, file));
    }
    mails.drain(..excess);
    let partial = path.with_extension("partial");
    let mut newest = Vec::new();
    for mail in &mails {
        serde_json::to_writer(&mut newest, mail)?;
        newest.push(b'\n');
    }
    std::fs::write(&partial, newest)?;
    std::fs::rename(partial, path)?;
    Ok((mails, open()?))
}

/// Returns whether a recipient such as `Ada <ada@example.com>` has the address `ada@example.com`.
fn is_to(recipient: &str, address: &str) -> bool {
    address_of(recipient).eq_ignore_ascii_case(address)
}

/// The address without its display name.
pub fn address_of(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, address)) => address.trim_end().trim_end_matches('>'),
        None => mailbox.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(number: usize) -> Mail {
        Mail {
            message_id: number.to_string(),
            from: "shop@bodega.example".to_owned(),
            to: vec!["ada@example.com".to_owned()],
            subject: format!("Mail {number}"),
            html: None,
            text: None,
            headers: BTreeMap::new(),
            mime: None,
            tags: BTreeMap::new(),
            sent_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_full_mailbox_drops_the_oldest_mail() {
        let mailbox = Mailbox::open(None, 3).unwrap();
        for number in 0..5 {
            mailbox.put(mail(number)).unwrap();
        }
        assert_eq!(mailbox.all(), [mail(2), mail(3), mail(4)]);
    }

    #[test]
    fn a_reopened_mailbox_drops_the_oldest_lines_of_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let first = Mailbox::open(Some(directory.path()), usize::MAX).unwrap();
        for number in 0..5 {
            first.put(mail(number)).unwrap();
        }
        let second = Mailbox::open(Some(directory.path()), 3).unwrap();
        assert_eq!(second.all(), [mail(2), mail(3), mail(4)]);
        second.put(mail(5)).unwrap();
        let third = Mailbox::open(Some(directory.path()), usize::MAX).unwrap();
        assert_eq!(third.all(), [mail(2), mail(3), mail(4), mail(5)]);
    }
}
