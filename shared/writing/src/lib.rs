//! Texts for people: templates by language, with amounts and dates as each language writes them.

pub mod format;

use domain::words::locale::Language;
use domain::words::money::{Money, Ppm};
use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use crate::format::FormatError;

/// Parses the templates of a language: their names, and their sources. The extension of a name decides about escaping: `.html` is
/// escaped, `.txt` is not. They have the filters `money`, `date`, `time` and `percent`.
///
/// # Errors
/// If a template does not parse.
pub fn templates(
    sources: &[(&'static str, &'static str)],
    language: Language,
) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    // A missing variable is an error instead of an empty string in a customer's mail.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("money", move |Serde(amount): Serde<Money>| {
        format::money(amount, language).map_err(failed)
    });
    environment.add_filter("date", move |Serde(time): Serde<Timestamp>| {
        format::date(time, language).map_err(failed)
    });
    environment.add_filter("time", |Serde(time): Serde<Timestamp>| format::time(time));
    environment.add_filter("percent", move |Serde(rate): Serde<Ppm>| {
        format::percent(rate, language).map_err(failed)
    });
    for &(name, source) in sources {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

fn failed(error: FormatError) -> Error {
    Error::new(ErrorKind::InvalidOperation, "a value cannot be formatted").with_source(error)
}
