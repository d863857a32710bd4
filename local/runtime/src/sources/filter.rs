//! `FilterCriteria`: the event patterns by which Lambda chooses a stream's records.

use serde_json::{Map, Value};

/// A pattern, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern {
    /// Every field fits, and of each `$or` one alternative.
    Object { fields: Vec<(String, Pattern)>, alternatives: Vec<Vec<Pattern>> },
    /// Any of these fits.
    Any(Vec<Rule>),
}

/// What a value has to be.
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
    /// Reads a pattern, given as JSON or as a string of JSON.
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
                    return Err(format!("{name:?} has to be an object or a list of rules, and is {other}"));
                }
            }
        }
        Ok(Self::Object { fields: pattern.0, alternatives: pattern.1 })
    }

    /// Whether a record fits; of an absent value, `None`.
    pub(super) fn fits(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Object { fields, alternatives } => {
                fields.iter().all(|(name, pattern)| pattern.fits(value.and_then(|value| value.get(name))))
                    && alternatives.iter().all(|choices| choices.iter().any(|choice| choice.fits(value)))
            }
            Self::Any(rules) => match value {
                // Of a list one item has to fit.
                Some(Value::Array(items)) => rules.iter().any(|rule| {
                    *rule == Rule::Exists(true) || items.iter().any(|item| rule.fits(Some(item)))
                }),
                value => rules.iter().any(|rule| rule.fits(value)),
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
            return Err(format!("{rule} has to have one operator"));
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
            other => Err(format!("the operator {other:?} is not known here")),
        }
    }

    fn fits(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        let text = value.as_str();
        match self {
            Self::Equals(expected) => value == expected,
            Self::EqualsIgnoreCase(expected) => {
                text.is_some_and(|text| text.to_lowercase() == expected.to_lowercase())
            }
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            // Rules are about leaves: an object in a leaf's place is not one.
            Self::Exists(expected) => *expected != value.is_object(),
            Self::AnythingBut(rules) => {
                !value.is_object() && !rules.iter().any(|rule| rule.fits(Some(value)))
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

/// `[">", 0, "<=", 5]`
fn comparisons(operand: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let wrong = || format!("\"numeric\" takes comparisons and numbers in turn, not {operand}");
    let items =
        operand.as_array().filter(|items| !items.is_empty() && items.len() % 2 == 0).ok_or_else(wrong)?;
    items
        .chunks(2)
        .map(|pair| {
            let comparison = match pair[0].as_str() {
                Some("<") => Comparison::Less,
                Some("<=") => Comparison::LessOrEqual,
                Some("=") => Comparison::Equal,
                Some(">=") => Comparison::GreaterOrEqual,
                Some(">") => Comparison::Greater,
                _ => return Err(wrong()),
            };
            Ok((comparison, pair[1].as_f64().ok_or_else(wrong)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(pattern: Value, record: Value) -> bool {
        Pattern::parse(&pattern).unwrap().fits(Some(&record))
    }

    fn record(event: &str, kind: &str) -> Value {
        json!({ "eventName": event, "dynamodb": { "NewImage": { "kind": { "S": kind }, "n": 5 } } })
    }

    #[test]
    fn exact_values_at_any_depth() {
        let pattern =
            json!({ "eventName": ["INSERT"], "dynamodb": { "NewImage": { "kind": { "S": ["outbox"] } } } });
        assert!(fits(pattern.clone(), record("INSERT", "outbox")));
        assert!(!fits(pattern.clone(), record("MODIFY", "outbox")));
        assert!(!fits(pattern.clone(), record("INSERT", "order")));
        assert!(!fits(pattern.clone(), json!({ "eventName": "INSERT", "dynamodb": { "Keys": {} } })));
        assert!(fits(Value::from(pattern.to_string()), record("INSERT", "outbox")));
        assert!(fits(json!({ "eventName": ["MODIFY", "INSERT"] }), record("INSERT", "")));
    }

    #[test]
    fn operators() {
        let kind = |rule: Value| json!({ "dynamodb": { "NewImage": { "kind": { "S": [rule] } } } });
        let outbox = record("INSERT", "outbox");
        assert!(fits(kind(json!({ "prefix": "out" })), outbox.clone()));
        assert!(!fits(kind(json!({ "prefix": "box" })), outbox.clone()));
        assert!(fits(kind(json!({ "suffix": "box" })), outbox.clone()));
        assert!(fits(kind(json!({ "equals-ignore-case": "OUTBOX" })), outbox.clone()));
        assert!(fits(kind(json!({ "anything-but": ["order"] })), outbox.clone()));
        assert!(!fits(kind(json!({ "anything-but": "outbox" })), outbox.clone()));
        assert!(!fits(kind(json!({ "anything-but": { "prefix": "out" } })), outbox.clone()));
        assert!(fits(kind(json!({ "exists": true })), outbox.clone()));
        assert!(!fits(kind(json!({ "exists": false })), outbox.clone()));
        let number = |rule: Value| json!({ "dynamodb": { "NewImage": { "n": [{ "numeric": rule }] } } });
        assert!(fits(number(json!([">", 0, "<=", 5])), outbox.clone()));
        assert!(!fits(number(json!([">", 5])), outbox.clone()));
        let absent = json!({ "dynamodb": { "OldImage": { "kind": { "S": [{ "exists": false }] } } } });
        assert!(fits(absent, outbox.clone()));
        let either = json!({ "$or": [{ "eventName": ["REMOVE"] }, { "eventName": ["INSERT"] }] });
        assert!(fits(either, outbox));
    }

    #[test]
    fn what_is_not_understood_is_said() {
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
