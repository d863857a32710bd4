//! Files that are extended line by line.

use std::fs;
use std::path::PathBuf;

use super::Error;

/// A file with its new text.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) file: PathBuf,
    pub(super) text: String,
}

impl Edited {
    pub(super) fn open(file: PathBuf) -> Result<Self, Error> {
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Self { file, text }),
            Err(source) => Err(Error::File { file, source }),
        }
    }

    /// Inserts a line among those that begin with `prefix`, in alphabetical order.
    pub(super) fn insert_sorted(self, prefix: &str, line: &str) -> Result<Self, Error> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_alike = |found: &&str| found.starts_with(prefix);
        let last = lines.iter().rposition(is_alike).ok_or_else(|| self.no_place("a line"))?;
        let mut at = lines.iter().position(|found| is_alike(found) && *found > line).unwrap_or(last + 1);
        // What is above a line belongs to it: an attribute, a comment.
        while at > 0
            && ["#[", "//"]
                .iter()
                .any(|mark| lines[at - 1].starts_with(mark) && !lines[at - 1].starts_with("//!"))
        {
            at -= 1;
        }
        Ok(self.with_lines_at(at, line))
    }

    /// Inserts a function into a template: before the relay's, with its comment, or before the outputs.
    pub(super) fn insert_function(self, block: &str) -> Result<Self, Error> {
        let lines: Vec<&str> = self.text.lines().collect();
        let place = |name: &str| lines.iter().position(|line| *line == name);
        let at = place("  RelayEventsFunction:").or_else(|| place("Outputs:"));
        let mut at = at.ok_or_else(|| self.no_place("a function"))?;
        while at > 0 && lines[at - 1].trim_start().starts_with('#') {
            at -= 1;
        }
        Ok(self.with_lines_at(at, block.trim_end_matches('\n')).with_blank_after(at, block))
    }

    /// Fails if the template has the route already.
    pub(super) fn without_route(self, method: &str, route: &str) -> Result<Self, Error> {
        let is_taken =
            [format!("Method: {method}, Path: {route} "), format!("Method: {method}, Path: {route},")]
                .into_iter()
                .chain([format!("Method: {method}, Path: \"{route}\"")])
                .any(|taken| self.text.contains(&taken));
        if is_taken { Err(Error::RouteTaken(format!("{method} {route}"))) } else { Ok(self) }
    }

    /// Inserts an operation into the list of those that have alarms.
    pub(super) fn insert_alarmed(self, operation: &str) -> Result<Self, Error> {
        let functions = self.text.find("Functions: !Join").ok_or_else(|| self.no_place("an alarm"))?;
        let list = self.text[functions..].find("- [").ok_or_else(|| self.no_place("an alarm"))?;
        let mut text = self.text.clone();
        text.insert_str(functions + list + "- [".len(), &format!("{operation}, "));
        Ok(Self { text, ..self })
    }

    /// Inserts an entry at the end of the contract's list of operations.
    pub(super) fn insert_operation(self, entry: &str) -> Result<Self, Error> {
        let list = self.text.find("    vec![\n").ok_or_else(|| self.no_place("an operation"))?;
        let end = self.text[list..].find("\n    ]\n").ok_or_else(|| self.no_place("an operation"))?;
        let mut text = self.text.clone();
        text.insert_str(list + end + 1, entry);
        Ok(Self { text, ..self })
    }

    pub(super) fn append(self, text: &str) -> Self {
        Self { text: self.text + text, ..self }
    }

    fn with_lines_at(&self, at: usize, inserted: &str) -> Self {
        let mut lines: Vec<&str> = self.text.lines().collect();
        lines.insert(at, inserted);
        Self { file: self.file.clone(), text: lines.join("\n") + "\n" }
    }

    fn with_blank_after(self, at: usize, block: &str) -> Self {
        self.with_lines_at(at + block.trim_end_matches('\n').lines().count(), "")
    }

    fn no_place(&self, what: &'static str) -> Error {
        Error::NoPlace { file: self.file.clone(), what }
    }
}
