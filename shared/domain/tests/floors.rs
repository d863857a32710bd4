//! Imports go down: subjects → events → words, and subjects have no circular imports.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src`, lowest layer first. Each may import from itself and from those before it.
const FLOORS: [&str; 13] = [
    "words",
    "events",
    "users",
    "stock",
    "catalogue",
    "quote",
    "promotions",
    "settings",
    "carts",
    "orders",
    "invoices",
    "payments",
    "audit",
];

#[test]
fn imports_go_down() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = BTreeMap::new();
    for entry in fs::read_dir(&source).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        folders.insert(entry.file_name().into_string().unwrap(), files(&entry.path()));
    }
    let mut known = FLOORS.to_vec();
    known.sort_unstable();
    assert_eq!(folders.keys().collect::<Vec<_>>(), known, "add each new folder to FLOORS");
    for (floor, folder) in FLOORS.iter().enumerate() {
        for file in &folders[*folder] {
            let text = fs::read_to_string(file).unwrap();
            for above in &FLOORS[floor + 1..] {
                let import = format!("crate::{above}::");
                assert!(
                    !text.contains(&import),
                    "{} imports from {above}, which is above it",
                    file.display()
                );
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
