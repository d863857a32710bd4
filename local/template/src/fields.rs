//! Reads a resolved object property by property, so that a property never read is an error.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Problem, TemplateError};

/// An object of a template, with references resolved, whose properties are being read.
///
/// Each reading method removes its property; [`Fields::finish`] rejects any left over.
#[derive(Debug)]
#[must_use = "finish() rejects the properties that were not read"]
pub(super) struct Fields<'f> {
    file: &'f Path,
    place: String,
    left: Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'f> Fields<'f> {
    /// Starts reading an object; any other value is an error. Null counts as empty.
    pub(super) fn new(file: &'f Path, place: impl Into<String>, value: Value) -> Result<Self, TemplateError> {
        let place = place.into();
        let left = match value {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            other => return Err(TemplateError::at(file, place, kind("a mapping", &other))),
        };
        Ok(Self { file, place, left, known: Vec::new() })
    }

    /// Another object of the same file.
    pub(super) fn sibling(&self, place: String, value: Value) -> Result<Fields<'f>, TemplateError> {
        Fields::new(self.file, place, value)
    }

    /// The place of this object, for messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The place of a property of this object; the whole file has no name.
    fn inside(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// An error at this object.
    pub(super) fn error(&self, problem: Problem) -> TemplateError {
        let place = if self.place.is_empty() { "the file" } else { &self.place };
        TemplateError::at(self.file, place, problem)
    }

    /// An error at one property of this object.
    pub(super) fn error_at(&self, name: &str, problem: Problem) -> TemplateError {
        TemplateError::at(self.file, self.inside(name), problem)
    }

    /// The unconverted property.
    pub(super) fn value(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Takes all remaining properties, in the order of their names; none is left as unknown.
    pub(super) fn rest(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.left).into_iter().collect()
    }

    /// A string; CloudFormation treats numbers and booleans as strings.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, TemplateError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        plain_text(&value).map(Some).ok_or_else(|| self.error_at(name, kind("text", &value)))
    }

    /// A required string.
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, TemplateError> {
        self.text(name)?.ok_or_else(|| self.error(Problem::Missing(name.to_owned())))
    }

    /// A number of any kind.
    pub(super) fn float(&mut self, name: &'static str) -> Result<Option<f64>, TemplateError> {
        self.parsed(name, "a number")
    }

    /// A whole number.
    pub(super) fn integer(&mut self, name: &'static str) -> Result<Option<i64>, TemplateError> {
        self.parsed(name, "a whole number")
    }

    /// A whole number within the range that AWS enforces.
    pub(super) fn within(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>, TemplateError> {
        let Some(number) = self.integer(name)? else { return Ok(None) };
        match u32::try_from(number) {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.error_at(
                name,
                Problem::Invalid(format!("{number} is not from {} to {}", range.start(), range.end())),
            )),
        }
    }

    /// A boolean.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, TemplateError> {
        self.parsed(name, "true or false")
    }

    fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
    ) -> Result<Option<T>, TemplateError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        plain_text(&value)
            .and_then(|text| text.parse().ok())
            .map(Some)
            .ok_or_else(|| self.error_at(name, kind(wanted, &value)))
    }

    /// A list of strings; a single string counts as a list of one.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, TemplateError> {
        let items = match self.value(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
        };
        items
            .iter()
            .map(|item| plain_text(item).ok_or_else(|| self.error_at(name, kind("a list of texts", item))))
            .collect()
    }

    /// A list.
    pub(super) fn list(&mut self, name: &'static str) -> Result<Vec<Value>, TemplateError> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.error_at(name, kind("a list", &other))),
        }
    }

    /// A list of objects.
    pub(super) fn objects(&mut self, name: &'static str) -> Result<Vec<Fields<'f>>, TemplateError> {
        let items = self.list(name)?;
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| Fields::new(self.file, format!("{}[{index}]", self.inside(name)), item))
            .collect()
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Option<Fields<'f>>, TemplateError> {
        self.value(name).map(|value| Fields::new(self.file, self.inside(name), value)).transpose()
    }

    /// An object with keys chosen by the template: `Events`, `Authorizers`.
    pub(super) fn named(&mut self, name: &'static str) -> Result<Vec<(String, Fields<'f>)>, TemplateError> {
        self.object(name)?.map_or_else(|| Ok(Vec::new()), Fields::entries)
    }

    /// The objects in this one, under keys chosen by the template.
    pub(super) fn entries(mut self) -> Result<Vec<(String, Fields<'f>)>, TemplateError> {
        let entries = self.rest();
        entries
            .into_iter()
            .map(|(key, value)| {
                let fields = Fields::new(self.file, self.inside(&key), value)?;
                Ok((key, fields))
            })
            .collect()
    }

    /// Ignores properties that have an effect on AWS but none on a laptop.
    pub(super) fn without_effect(&mut self, names: &[&'static str]) {
        for name in names {
            self.known.push(name);
            self.left.remove(*name);
        }
    }

    /// A property that may have only the one value that the laptop supports.
    pub(super) fn only(&mut self, name: &'static str, allowed: &[&str]) -> Result<(), TemplateError> {
        match self.text(name)? {
            Some(text) if !allowed.contains(&text.as_str()) => Err(self.error_at(
                name,
                Problem::Unsupported(format!("{text:?} cannot be run here; use {}", allowed.join(" or "))),
            )),
            _ => Ok(()),
        }
    }

    /// Rejects properties that were not read.
    pub(super) fn finish(self) -> Result<(), TemplateError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.error(Problem::unknown("the property", name, self.known.iter().copied()))),
        }
    }
}

/// Converts a scalar to a string as CloudFormation does.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// "must be …, but is …".
pub(super) fn kind(wanted: &'static str, found: &Value) -> Problem {
    let found = match found {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        scalar => scalar.to_string(),
    };
    Problem::Kind { wanted, found }
}
