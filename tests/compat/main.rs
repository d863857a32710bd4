//! Compatibility between versions: every later version reads what this one stores and sends, and this one does not
//! destroy what a later one has stored.
//!
//! The golden files are rows, events and replies of released versions. Files are added and never changed. A type of row
//! or event without a golden file fails here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests: a failure here fails the test")]

mod events;
mod releases;
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

/// Returns the stems of the files in a folder.
fn names(of: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Returns the value with a field `future` in every object, as a later version might add it.
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
