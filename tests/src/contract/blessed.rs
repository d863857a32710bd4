//! Files that are derived: a test compares them, and `BLESS=1` writes them.

use std::path::Path;

use similar::TextDiff;

use crate::shop::root;

/// Compares a file of the repository with what it should be, or writes it.
///
/// # Panics
/// With the difference, if there is one.
pub fn check(file: &str, expected: &str) {
    let path = root().join(file);
    if std::env::var_os("BLESS").is_some() {
        write(&path, expected);
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        let difference = TextDiff::from_lines(found.as_str(), expected);
        let difference = difference.unified_diff().header(file, "derived").to_string();
        panic!("{file} is not what it is derived from says:\n{difference}\n{HOW}");
    }
}

const HOW: &str = "`BLESS=1 cargo test -p tests --test contract --test compat` writes it.";

/// Writes a file only if it is not there: what a person goes on with.
///
/// # Panics
/// Where it is missing, unless it is to be written.
pub fn check_there(file: &str, skeleton: impl FnOnce() -> String) {
    let path = root().join(file);
    if path.exists() {
        return;
    }
    assert!(std::env::var_os("BLESS").is_some(), "{file} is missing. {HOW}");
    write(&path, &skeleton());
}

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("the folder is made");
    }
    if std::fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    std::fs::write(path, text).expect("the file is written");
}
