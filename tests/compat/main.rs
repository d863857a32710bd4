//! Versions side by side: what this version stores and sends is read by every later one, and what a later one has stored is not
//! destroyed by this one.
//!
//! The golden files are rows, events and replies of released versions. They are added to, and never changed. A type of row or event
//! without its golden file fails here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "for tests: what fails here fails the test, at once")]

mod events;
mod replies;
mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compat").join(name)
}

fn golden(path: &str) -> Value {
    let path = folder(path);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The names of the files in a folder, without their ending.
fn names(of: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The same with a field `future` in every object, as a later version might have it.
fn with_future(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), with_future(value)));
            fields.chain([("future".to_owned(), 1.into())]).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(entries) => entries.iter().map(with_future).collect(),
        other => other.clone(),
    }
}
