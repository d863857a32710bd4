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

    /// Inserts a module's line, and the line that exports its operation.
    pub(super) fn insert_operation(self, module: &str) -> Result<Self, Error> {
        let export = format!("pub use {module}::{module};");
        let edited = self.insert_sorted("pub mod ", &format!("pub mod {module};"))?;
        if edited.text.lines().any(|line| line.starts_with("pub use ")) {
            return edited.insert_sorted("pub use ", &export);
        }
        let last =
            edited.text.lines().collect::<Vec<_>>().iter().rposition(|line| line.starts_with("pub mod "));
        let last = last.ok_or_else(|| edited.no_place("an export"))?;
        Ok(edited.with_lines_at(last + 1, &format!("\n{export}")))
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

    pub(super) fn has_contract(&self) -> bool {
        self.text.contains("fn contract()")
    }

    /// Inserts an element at the end of the list that `contract()` is made of. rustfmt breaks the lines.
    pub(super) fn insert_contract(self, element: &str) -> Result<Self, Error> {
        let no_place = || self.no_place("an entry of the contract");
        let start = self.text.find("fn contract()").ok_or_else(no_place)?;
        let end = start + self.text[start..].find("\n}").ok_or_else(no_place)?;
        let end = start + self.text[start..end].rfind(']').ok_or_else(no_place)?;
        let before = self.text[..end].trim_end();
        let separator = if before.ends_with([',', '[']) { "" } else { "," };
        let text = format!("{before}{separator} {element}{}", &self.text[end..]);
        Ok(Self { text, ..self })
    }

    /// Inserts a function into a template: after the service's own, before the relay with its queue, if it has one.
    pub(super) fn insert_function(self, block: &str) -> Self {
        let lines: Vec<&str> = self.text.lines().collect();
        let place = |name: &str| lines.iter().position(|line| *line == name);
        let block = block.trim_end();
        let at = place("  OutboxFailuresQueue:").or_else(|| place("  RelayEventsFunction:"));
        let Some(mut at) = at.or_else(|| place("Outputs:")) else {
            return self.append(&format!("\n{block}\n"));
        };
        while at > 0 && lines[at - 1].trim_start().starts_with('#') {
            at -= 1;
        }
        self.with_lines_at(at, &format!("{block}\n"))
    }

    /// Inserts a queue among those that the functions' boundary lets them receive from.
    pub(super) fn insert_boundary(self, queue: &str) -> Result<Self, Error> {
        const LIMIT: &str = "NotResource: ";
        let arn = format!("!Sub \"${{QueueArns}}{queue}\"");
        let lines = self.text.lines().enumerate();
        let mut limits = lines.filter(|(_, line)| line.contains(LIMIT) && line.contains("${QueueArns}"));
        let (at, line) = limits.next().ok_or_else(|| {
            self.no_place("the queue: FunctionBoundary limits none yet (functions/orders/template.yaml does)")
        })?;
        if line.contains(&arn) {
            return Ok(self);
        }
        let (indent, limit) = line.split_once(LIMIT).unwrap_or_default();
        let others = limit.trim().trim_start_matches('[').trim_end_matches(']');
        let line = format!("{indent}{LIMIT}[{others}, {arn}]");
        let mut lines: Vec<&str> = self.text.lines().collect();
        lines[at] = &line;
        let text = lines.join("\n") + "\n";
        Ok(Self { text, ..self })
    }

    /// Inserts an operation into the list of those that have alarms.
    pub(super) fn insert_alarmed(self, operation: &str) -> Result<Self, Error> {
        let functions = self.text.find("Functions: !Join").ok_or_else(|| self.no_place("an alarm"))?;
        let list = self.text[functions..].find("- [").ok_or_else(|| self.no_place("an alarm"))?;
        let mut text = self.text.clone();
        text.insert_str(functions + list + "- [".len(), &format!("{operation}, "));
        Ok(Self { text, ..self })
    }

    /// Allows pages to send requests with this method, if they may not yet.
    pub(super) fn insert_method(self, method: &str) -> Result<Self, Error> {
        const LIST: &str = "AllowMethods: [";
        let start = self.text.find(LIST).ok_or_else(|| self.no_place("a method"))? + LIST.len();
        let end = start + self.text[start..].find(']').ok_or_else(|| self.no_place("a method"))?;
        if self.text[start..end].split(", ").any(|known| known == method) {
            return Ok(self);
        }
        let mut text = self.text.clone();
        text.insert_str(end, &format!(", {method}"));
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

    fn no_place(&self, what: &'static str) -> Error {
        Error::NoPlace { file: self.file.clone(), what }
    }
}
