//! Sent mail: nothing leaves the laptop; mail is kept for reading.

use std::collections::BTreeMap;
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
    /// The text part; for a raw message, the whole message.
    pub text: Option<String>,
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

/// All mail sent so far. Clones share it.
#[derive(Debug, Clone)]
pub struct Mailbox(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    mails: watch::Sender<Vec<Mail>>,
    file: Option<Mutex<File>>,
}

impl Mailbox {
    /// Opens an empty mailbox, or, with a directory, one with the mail of earlier runs.
    pub(super) fn open(directory: Option<&Path>) -> Result<Self, (PathBuf, std::io::Error)> {
        let Some(directory) = directory else {
            return Ok(Self(Arc::new(Shared { mails: watch::Sender::default(), file: None })));
        };
        let path = directory.join("mails.jsonl");
        let open = || -> std::io::Result<(Vec<Mail>, File)> {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            // A last line truncated by a kill is a mail whose sending was never acknowledged. The next mail starts on
            // its own line.
            if text.last().is_some_and(|last| *last != b'\n') {
                file.write_all(b"\n")?;
            }
            let mails = text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect();
            Ok((mails, file))
        };
        let (mails, file) = open().map_err(|error| (path.clone(), error))?;
        Ok(Self(Arc::new(Shared { mails: watch::Sender::new(mails), file: Some(Mutex::new(file)) })))
    }

    pub(super) fn put(&self, mail: Mail) -> std::io::Result<()> {
        if let Some(file) = &self.0.file {
            let mut line = serde_json::to_vec(&mail)?;
            line.push(b'\n');
            file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?;
        }
        self.0.mails.send_modify(|mails| mails.push(mail));
        Ok(())
    }

    /// All mail, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Mail> {
        self.0.mails.borrow().clone()
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
    pub fn subscribe(&self) -> watch::Receiver<Vec<Mail>> {
        self.0.mails.subscribe()
    }
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
