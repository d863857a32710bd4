//! The documentation of operations, as their source says it.

use std::path::{Path, PathBuf};

use crate::shop::root;

/// What an operation does: the documentation of its function, up to `# Errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doc {
    /// The first sentence, without its full stop.
    pub summary: String,
    /// All of it.
    pub description: String,
}

/// Reads the documentation of an operation.
#[must_use]
pub fn of(service: &str, operation: &str) -> Doc {
    let name = operation.replace('-', "_");
    let file = find(&root().join("functions").join(service).join("src"), &format!("{name}.rs"));
    let file = file.unwrap_or_else(|| panic!("{operation}: no {name}.rs in {service}"));
    let source = std::fs::read_to_string(&file).expect("the source is read");
    let (before, _) = source
        .split_once(&format!("\npub async fn {name}("))
        .unwrap_or_else(|| panic!("{operation}: no function {name} in {}", file.display()));
    let lines = before.lines().rev().take_while(|line| line.starts_with("///"));
    let mut lines: Vec<&str> = lines.map(|line| line.trim_start_matches("///").trim()).collect();
    lines.reverse();
    let lines: Vec<&str> = lines.into_iter().take_while(|line| *line != "# Errors").collect();
    let description = prose(&lines.join("\n"));
    let summary = description.split_inclusive(". ").next().unwrap_or_default();
    let summary = summary.split("\n\n").next().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    Doc { summary, description }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries.map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() { find(&path, name) } else { (path.file_name()? == name).then_some(path) }
    })
}

/// Documentation for people who do not read the source: paragraphs on one line each, and no links to Rust items.
#[must_use]
pub fn prose(text: &str) -> String {
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned());
    let text = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n");
    text.replace("[`", "`").replace("`]", "`")
}
