//! Query strings.

use http::uri::PathAndQuery;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::refusal::RequestRefusal;

/// The operation has no query parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoQuery {}

/// What happens to parameters that the operation does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// They are ignored. Links to public pages get tracking parameters added to them.
    Ignored,
    /// They are refused, since they are mistakes of the client.
    Refused,
}

/// Parses a query string. A parameter with an empty value counts as absent, as in a form whose field was left empty.
pub(crate) fn parse<Q: DeserializeOwned>(text: &str, unknown: Unknown) -> Result<Q, Problem> {
    let invalid = |reason: String| Problem::from(RequestRefusal::InvalidQuery(reason));
    // RFC 3986 §3.4: `"`, `<`, `>`, spaces and control characters must be percent-encoded.
    PathAndQuery::try_from(format!("/?{text}"))
        .map_err(|_| invalid("not a valid query string".to_owned()))?;
    let filled =
        text.split('&').filter(|pair| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty()));
    let filled = filled.collect::<Vec<_>>().join("&");
    let mut first_unknown = None;
    let parameters = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(filled.as_bytes()));
    let query = serde_ignored::deserialize(parameters, |path| {
        first_unknown.get_or_insert_with(|| path.to_string());
    })
    .map_err(|error| invalid(error.to_string()))?;
    match first_unknown {
        Some(name) if unknown == Unknown::Refused => Err(invalid(format!("unknown parameter `{name}`"))),
        _ => Ok(query),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Filter {
        limit: Option<u8>,
        category: Option<String>,
    }

    fn parsed(text: &str, unknown: Unknown) -> Result<(Option<u8>, Option<String>), String> {
        match parse::<Filter>(text, unknown) {
            Ok(Filter { limit, category }) => Ok((limit, category)),
            Err(problem) => Err(format!("{} {}", problem.status().as_u16(), problem.code())),
        }
    }

    #[test]
    fn unknown_parameters_are_ignored_on_public_pages_only() {
        let text = "utm_source=x&limit=5&fbclid=y&utm_source=z";
        assert_eq!(parsed(text, Unknown::Ignored), Ok((Some(5), None)));
        assert_eq!(parsed(text, Unknown::Refused), Err("400 invalid_query".to_owned()));
        assert!(parse::<NoQuery>("x=1", Unknown::Ignored).is_ok());
        assert!(parse::<NoQuery>("x=1", Unknown::Refused).is_err());
        assert!(parse::<NoQuery>("", Unknown::Refused).is_ok());
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_absent() {
        for text in ["", "&", "limit=", "limit", "category=&limit=", "=", "=&category"] {
            assert_eq!(parsed(text, Unknown::Refused), Ok((None, None)), "{text}");
        }
    }

    #[test]
    fn a_query_that_no_url_can_have_is_refused() {
        for text in
            ["category=<b>", "category=\"x\"", "category=a b", "category=a\u{7f}", "category=a\nb", "x=<b>"]
        {
            assert_eq!(parsed(text, Unknown::Ignored), Err("400 invalid_query".to_owned()), "{text}");
        }
        assert_eq!(parsed("category=%3Cb%3E", Unknown::Refused), Ok((None, Some("<b>".to_owned()))));
        assert_eq!(parsed("limit=1&limit=2", Unknown::Refused), Err("400 invalid_query".to_owned()));
        assert_eq!(parsed("limit=2.0", Unknown::Refused), Err("400 invalid_query".to_owned()));
        assert_eq!(parsed("limit=256", Unknown::Refused), Err("400 invalid_query".to_owned()));
    }
}
