//! `FilterCriteria`: the event patterns that select a stream's records.

use serde_json::{Map, Value};

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern {
    /// Every field matches, and one alternative of each `$or`.
    Object { fields: Vec<(String, Pattern)>, alternatives: Vec<Vec<Pattern>> },
    /// At least one rule matches.
    Any(Vec<Rule>),
}

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    Suffix(String),
    Exists(bool),
    AnythingBut(Vec<Rule>),
    /// Every comparison holds.
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Pattern {
    /// Parses a pattern, which is a JSON object or a string that contains one.
    pub(super) fn parse(pattern: &Value) -> Result<Self, String> {
        match pattern {
            Value::String(text) => {
                let parsed: Value =
                    serde_json::from_str(text).map_err(|error| format!("{text:?} is not JSON: {error}"))?;
                Self::parse(&parsed)
            }
            Value::Object(fields) => Self::object(fields),
            other => Err(format!("{other} is not an object")),
        }
    }

    fn object(fields: &Map<String, Value>) -> Result<Self, String> {
        let mut pattern = (Vec::new(), Vec::new());
        for (name, value) in fields {
            match value {
                Value::Array(choices) if name == "$or" => {
                    pattern.1.push(choices.iter().map(Self::parse).collect::<Result<_, _>>()?);
                }
                Value::Array(rules) if !rules.is_empty() => {
                    let rules = rules.iter().map(Rule::parse).collect::<Result<_, _>>()?;
                    pattern.0.push((name.clone(), Self::Any(rules)));
                }
                Value::Object(nested) => pattern.0.push((name.clone(), Self::object(nested)?)),
                other => {
                    return Err(format!("{name:?} must be an object or a list of rules, not {other}"));
                }
            }
        }
        Ok(Self::Object { fields: pattern.0, alternatives: pattern.1 })
    }

    /// Returns whether a value matches. `None` stands for an absent value.
    pub(super) fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Object { fields, alternatives } => {
                fields.iter().all(|(name, pattern)| pattern.matches(value.and_then(|value| value.get(name))))
                    && alternatives.iter().all(|choices| choices.iter().any(|choice| choice.matches(value)))
            }
            Self::Any(rules) => match value {
                // A list matches if one of its items does.
                Some(Value::Array(items)) => rules.iter().any(|rule| {
                    *rule == Rule::Exists(true) || items.iter().any(|item| rule.matches(Some(item)))
                }),
                value => rules.iter().any(|rule| rule.matches(value)),
            },
        }
    }
}

impl Rule {
    fn parse(rule: &Value) -> Result<Self, String> {
        let Value::Object(operator) = rule else {
            return match rule {
                Value::Array(_) => Err(format!("{rule} is not a rule")),
                plain => Ok(Self::Equals(plain.clone())),
            };
        };
        let (Some((name, operand)), 1) = (operator.iter().next(), operator.len()) else {
            return Err(format!("{rule} must have exactly one operator"));
        };
        let text = || {
            operand
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("{name:?} takes a string, not {operand}"))
        };
        match name.as_str() {
            "prefix" => Ok(Self::Prefix(text()?)),
            "suffix" => Ok(Self::Suffix(text()?)),
            "equals-ignore-case" => Ok(Self::EqualsIgnoreCase(text()?)),
            "exists" => operand
                .as_bool()
                .map(Self::Exists)
                .ok_or_else(|| format!("\"exists\" takes true or false, not {operand}")),
            "anything-but" => {
                let rules = match operand {
                    Value::Array(values) => values.iter().map(Self::parse).collect::<Result<_, _>>()?,
                    one => vec![Self::parse(one)?],
                };
                Ok(Self::AnythingBut(rules))
            }
            "numeric" => comparisons(operand).map(Self::Numeric),
            other => Err(format!("the operator {other:?} is not supported")),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        let text = value.as_str();
        match self {
            Self::Equals(expected) => value == expected,
            Self::EqualsIgnoreCase(expected) => {
                text.is_some_and(|text| text.to_lowercase() == expected.to_lowercase())
            }
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            // Rules apply to leaves, and an object is not a leaf.
            Self::Exists(expected) => *expected != value.is_object(),
            Self::AnythingBut(rules) => {
                !value.is_object() && !rules.iter().any(|rule| rule.matches(Some(value)))
            }
            Self::Numeric(comparisons) => value.as_f64().is_some_and(|number| {
                comparisons.iter().all(|(comparison, to)| comparison.holds(number, *to))
            }),
        }
    }
}

impl Comparison {
    fn holds(self, number: f64, to: f64) -> bool {
        match self {
            Self::Less => number < to,
            Self::LessOrEqual => number <= to,
            #[expect(clippy::float_cmp, reason = "the pattern asks for exactly this number")]
            Self::Equal => number == to,
            Self::GreaterOrEqual => number >= to,
            Self::Greater => number > to,
        }
    }
}

/// Parses comparisons such as `[">", 0, "<=", 5]`.
fn comparisons(operand: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let invalid = || format!("\"numeric\" takes alternating comparisons and numbers, not {operand}");
    let items =
        operand.as_array().filter(|items| !items.is_empty() && items.len() % 2 == 0).ok_or_else(invalid)?;
    items
        .chunks(2)
        .map(|pair| {
            let comparison = match pair[0].as_str() {
                Some("<") => Comparison::Less,
                Some("<=") => Comparison::LessOrEqual,
                Some("=") => Comparison::Equal,
                Some(">=") => Comparison::GreaterOrEqual,
                Some(">") => Comparison::Greater,
                _ => return Err(invalid()),
            };
            Ok((comparison, pair[1].as_f64().ok_or_else(invalid)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(pattern: Value, record: Value) -> bool {
        Pattern::parse(&pattern).unwrap().matches(Some(&record))
    }

    fn record(event: &str, kind: &str) -> Value {
        json!({ "eventName": event, "dynamodb": { "NewImage": { "kind": { "S": kind }, "n": 5 } } })
    }

    #[test]
    fn exact_values_match_at_any_depth() {
        let pattern =
            json!({ "eventName": ["INSERT"], "dynamodb": { "NewImage": { "kind": { "S": ["outbox"] } } } });
        assert!(matches(pattern.clone(), record("INSERT", "outbox")));
        assert!(!matches(pattern.clone(), record("MODIFY", "outbox")));
        assert!(!matches(pattern.clone(), record("INSERT", "order")));
        assert!(!matches(pattern.clone(), json!({ "eventName": "INSERT", "dynamodb": { "Keys": {} } })));
        assert!(matches(Value::from(pattern.to_string()), record("INSERT", "outbox")));
        assert!(matches(json!({ "eventName": ["MODIFY", "INSERT"] }), record("INSERT", "")));
    }

    #[test]
    fn operators_match_their_values() {
        let kind = |rule: Value| json!({ "dynamodb": { "NewImage": { "kind": { "S": [rule] } } } });
        let outbox = record("INSERT", "outbox");
        assert!(matches(kind(json!({ "prefix": "out" })), outbox.clone()));
        assert!(!matches(kind(json!({ "prefix": "box" })), outbox.clone()));
        assert!(matches(kind(json!({ "suffix": "box" })), outbox.clone()));
        assert!(matches(kind(json!({ "equals-ignore-case": "OUTBOX" })), outbox.clone()));
        assert!(matches(kind(json!({ "anything-but": ["order"] })), outbox.clone()));
        assert!(!matches(kind(json!({ "anything-but": "outbox" })), outbox.clone()));
        assert!(!matches(kind(json!({ "anything-but": { "prefix": "out" } })), outbox.clone()));
        assert!(matches(kind(json!({ "exists": true })), outbox.clone()));
        assert!(!matches(kind(json!({ "exists": false })), outbox.clone()));
        let number = |rule: Value| json!({ "dynamodb": { "NewImage": { "n": [{ "numeric": rule }] } } });
        assert!(matches(number(json!([">", 0, "<=", 5])), outbox.clone()));
        assert!(!matches(number(json!([">", 5])), outbox.clone()));
        let absent = json!({ "dynamodb": { "OldImage": { "kind": { "S": [{ "exists": false }] } } } });
        assert!(matches(absent, outbox.clone()));
        let either = json!({ "$or": [{ "eventName": ["REMOVE"] }, { "eventName": ["INSERT"] }] });
        assert!(matches(either, outbox));
    }

    #[test]
    fn an_invalid_pattern_is_an_error_that_names_the_cause() {
        for (pattern, word) in [
            (json!({ "a": [{ "cidr": "10.0.0.0/8" }] }), "cidr"),
            (json!({ "a": "b" }), "list of rules"),
            (json!({ "a": [] }), "list of rules"),
            (json!({ "a": [{ "numeric": [">"] }] }), "numeric"),
            (json!({ "a": [{ "exists": "yes" }] }), "exists"),
            (json!("{"), "JSON"),
        ] {
            let error = Pattern::parse(&pattern).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
