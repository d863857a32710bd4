//! Template parameters and the rules for their values.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::error::{Problem, TemplateError};
use super::fields::{Fields, plain_text};

/// One entry of `Parameters`.
#[derive(Debug)]
pub(super) struct Parameter {
    kind: Kind,
    default: Option<String>,
    allowed: Vec<String>,
    pattern: Option<regex_lite::Regex>,
    length: (Option<usize>, Option<usize>),
    range: (Option<f64>, Option<f64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Texts,
    Numbers,
}

/// How to treat a parameter that has neither a value nor a default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It is an error.
    Refused,
    /// A placeholder is used.
    Replaced,
}

impl Parameter {
    pub(super) fn new(mut fields: Fields<'_>) -> Result<Self, TemplateError> {
        let kind = match fields.required("Type")?.as_str() {
            "String" => Kind::Text,
            "Number" => Kind::Number,
            "CommaDelimitedList" | "List<String>" => Kind::Texts,
            "List<Number>" => Kind::Numbers,
            other => {
                return Err(fields.error_at(
                    "Type",
                    Problem::Unsupported(format!(
                        "{other:?} is looked up on AWS; use String, Number, CommaDelimitedList or List<Number>"
                    )),
                ));
            }
        };
        let default = match fields.value("Default") {
            None => None,
            Some(Value::Array(_) | Value::Object(_)) => {
                return Err(fields
                    .error_at("Default", Problem::Invalid("a default is one text or number".to_owned())));
            }
            Some(scalar) => plain_text(&scalar),
        };
        let parameter = Self {
            kind,
            default,
            allowed: fields.texts("AllowedValues")?,
            pattern: pattern(&mut fields)?,
            length: (size(&mut fields, "MinLength")?, size(&mut fields, "MaxLength")?),
            range: (fields.float("MinValue")?, fields.float("MaxValue")?),
        };
        fields.without_effect(&["ConstraintDescription", "Description", "NoEcho"]);
        fields.finish()?;
        Ok(parameter)
    }

    /// The default, if the template specifies one.
    pub(super) fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// The value that references to the parameter resolve to, if the rules allow it.
    pub(super) fn value(&self, given: &str) -> Result<Value, Problem> {
        let parts: Vec<&str> = match self.kind {
            Kind::Text | Kind::Number => vec![given],
            Kind::Texts | Kind::Numbers => given.split(',').map(str::trim).collect(),
        };
        for part in &parts {
            self.check(part).map_err(|rule| Problem::Parameter { value: (*part).to_owned(), rule })?;
        }
        Ok(match self.kind {
            Kind::Text | Kind::Number => Value::from(given),
            Kind::Texts | Kind::Numbers => Value::from(parts),
        })
    }

    /// The placeholder for a missing value, when only part of a template is needed.
    pub(super) fn placeholder(&self) -> Value {
        let text = match self.kind {
            Kind::Number | Kind::Numbers => "1",
            Kind::Text | Kind::Texts => "placeholder",
        };
        Value::from(self.allowed.first().map_or(text, String::as_str))
    }

    fn check(&self, value: &str) -> Result<(), String> {
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == value) {
            return Err(format!("AllowedValues are {}", self.allowed.join(", ")));
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.is_match(value)) {
            return Err(format!("AllowedPattern is {pattern}"));
        }
        let length = value.chars().count();
        if self.length.0.is_some_and(|least| length < least)
            || self.length.1.is_some_and(|most| length > most)
        {
            return Err("it is shorter than MinLength or longer than MaxLength".to_owned());
        }
        if matches!(self.kind, Kind::Number | Kind::Numbers) {
            let number: f64 = value.parse().map_err(|_| "it is not a number".to_owned())?;
            if self.range.0.is_some_and(|least| number < least)
                || self.range.1.is_some_and(|most| number > most)
            {
                return Err("it is below MinValue or above MaxValue".to_owned());
            }
        }
        Ok(())
    }
}

/// The value of each parameter: the given one, or its default.
pub(super) fn values(
    file: &Path,
    declared: &BTreeMap<String, Parameter>,
    given: &BTreeMap<String, String>,
    absent: Absent,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
        let known = declared.keys().map(String::as_str);
        return Err(TemplateError::at(file, "Parameters", Problem::unknown("the parameter", name, known)));
    }
    let mut values = BTreeMap::new();
    for (name, parameter) in declared {
        let place = format!("Parameters.{name}");
        let value = match given.get(name).map(String::as_str).or(parameter.default()) {
            Some(text) => parameter.value(text).map_err(|problem| TemplateError::at(file, place, problem))?,
            None if absent == Absent::Replaced => parameter.placeholder(),
            None => {
                let problem = Problem::Missing("a value (it has no Default)".to_owned());
                return Err(TemplateError::at(file, place, problem));
            }
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

fn size(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<usize>, TemplateError> {
    Ok(fields.within(name, 0..=4096)?.map(|size| size as usize))
}

/// The whole value must match, as on AWS.
fn pattern(fields: &mut Fields<'_>) -> Result<Option<regex_lite::Regex>, TemplateError> {
    let Some(text) = fields.text("AllowedPattern")? else { return Ok(None) };
    regex_lite::Regex::new(&format!("^(?:{text})$"))
        .map(Some)
        .map_err(|error| fields.error_at("AllowedPattern", Problem::Invalid(error.to_string())))
}
