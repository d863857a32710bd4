//! Template errors: each message names the file, the place in it and what to do.

use std::path::{Path, PathBuf};

/// A template that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The template's path.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("{}: is not valid YAML: {source}", file.display())]
    Yaml {
        /// The template's path.
        file: PathBuf,
        /// Where and why.
        source: saphyr::ScanError,
    },
    /// Something in the template is invalid or not supported.
    #[error("{}: {place}: {problem}", file.display())]
    At {
        /// The template's path.
        file: PathBuf,
        /// The resource and property, as `PlaceOrderFunction.Timeout`.
        place: String,
        /// What is wrong there.
        problem: Problem,
    },
}

impl TemplateError {
    pub(super) fn at(file: &Path, place: impl Into<String>, problem: Problem) -> Self {
        Self::At { file: file.to_owned(), place: place.into(), problem }
    }
}

/// An error at one place in a template.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Not exactly one YAML document.
    #[error("contains {0} documents; a template must be one document")]
    Documents(usize),
    /// A tag that is not an intrinsic function.
    #[error("the tag {0} is not a CloudFormation function that can be used here")]
    UnknownTag(String),
    /// A scalar that has no value in JSON.
    #[error("contains a value that is not text, a number, a boolean, a list or a mapping")]
    BadScalar,
    /// A mapping keyed by something other than text.
    #[error("{0} cannot be a key; keys are text")]
    BadKey(String),
    /// A value of the wrong type.
    #[error("must be {wanted}, but is {found}")]
    Kind {
        /// The expected type.
        wanted: &'static str,
        /// The actual value.
        found: String,
    },
    /// A required property is missing.
    #[error("{0} is required")]
    Missing(String),
    /// An unknown name at this place.
    #[error("{kind} {name:?} is not known{}", suggestion(.nearest.as_deref()))]
    Unknown {
        /// The kind of name: `the property`, `the resource type`.
        kind: &'static str,
        /// The name that was found.
        name: String,
        /// The known name closest to it.
        nearest: Option<String>,
    },
    /// A reference to a resource that this deployment does not create.
    #[error(
        "{0:?} is not created: its condition {1:?} is false; guard the reference with the same condition"
    )]
    NotCreated(String, String),
    /// Circular references.
    #[error("refers to itself: {0}; CloudFormation rejects this as a circular dependency")]
    Cycle(String),
    /// A parameter's value breaks the parameter's rules.
    #[error("the value {value:?} is not allowed: {rule}")]
    Parameter {
        /// The value that was given.
        value: String,
        /// The rule that it breaks.
        rule: String,
    },
    /// Valid on AWS, but not supported on the laptop.
    #[error("{0}")]
    Unsupported(String),
    /// Any other error.
    #[error("{0}")]
    Invalid(String),
}

impl Problem {
    /// Builds the error for a name that is not in `known`.
    pub(super) fn unknown<'k>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Self {
        Self::Unknown { kind, name: name.to_owned(), nearest: nearest(name, known).map(str::to_owned) }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

/// Returns the known name most similar to `name`, if any is similar.
fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
