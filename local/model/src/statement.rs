//! A statement of a function's `Policies`, read strictly: anything not evaluated here is an error, never ignored.

use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, IAMStatement, PolicyEvaluator, Principal,
    PrincipalId, Validate as _,
};
use serde_json::{Map, Value, json};

/// The elements of a statement in a role's policy. (`Principal` belongs in resource policies.)
const ELEMENTS: [&str; 7] = ["Action", "Condition", "Effect", "NotAction", "NotResource", "Resource", "Sid"];

/// The condition operators whose evaluation is tested here.
const OPERATORS: [&str; 8] = [
    "ArnLike",
    "ForAllValues:StringEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringLike",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
];

/// The condition keys for which calls carry values. A key without a value would make some conditions true.
const KEYS: [&str; 5] = [
    "aws:PrincipalArn",
    "dynamodb:EnclosingOperation",
    "dynamodb:LeadingKeys",
    "ses:FromAddress",
    "ses:Recipients",
];

/// The condition that limits a statement to rows by their partition keys.
const FOR_ALL: &str = "ForAllValues:StringLike";

/// Takes the place of `*` in the values of a request. The evaluator takes one that meets a pattern's `*` for the same
/// letter, and then the rest no longer matches. No policy here has a `*` that is not a wildcard.
const NO_WILDCARD: &str = "\u{2217}";

/// The condition key of the partition keys that a call names.
pub const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// `dynamodb:PutItem`.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// The condition keys for which the call has values.
    pub keys: Vec<(&'static str, Vec<String>)>,
}

impl Right {
    /// An action on a resource, without condition keys.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), keys: Vec::new() }
    }

    /// Adds the values of a condition key.
    #[must_use]
    pub fn with(mut self, key: &'static str, values: Vec<String>) -> Self {
        self.keys.push((key, values));
        self
    }

    /// Returns the partition keys that the call names.
    #[must_use]
    pub fn rows(&self) -> &[String] {
        self.keys.iter().find(|(key, _)| *key == LEADING_KEYS).map_or(&[], |(_, values)| values)
    }
}

/// A statement that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A name is unknown, or is not evaluated here.
    #[error("{kind} {name:?} is not known")]
    Unknown {
        /// The kind of name: `the condition key`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names that are known.
        known: &'static [&'static str],
    },
    /// A required element is missing.
    #[error("{0} is required")]
    Missing(&'static str),
    /// Anything else.
    #[error("{0}")]
    Invalid(String),
}

/// One statement, split into rules: it allows (or denies) every request that one of its rules matches.
#[derive(Debug, Clone)]
pub struct Statement {
    allows: bool,
    rules: Vec<Rule>,
}

/// One action on one resource and one kind of its rows, as written in the statement.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The action's pattern.
    pub action: String,
    /// The resource's pattern.
    pub resource: String,
    /// The pattern of the rows' partition keys, if the statement limits them.
    pub rows: Option<String>,
    evaluator: PolicyEvaluator,
}

impl Statement {
    /// Reads a statement whose references are resolved.
    ///
    /// # Errors
    /// The statement has an element, an operator or a condition key that is not evaluated, or is malformed.
    pub fn read(value: &Value) -> Result<Self, StatementError> {
        let Some(map) = value.as_object() else {
            return Err(StatementError::Invalid(format!("a statement is a mapping, not {value}")));
        };
        known("the statement's element", map.keys(), &ELEMENTS)?;
        let allows = match map.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(StatementError::Missing("Effect: Allow or Deny")),
        };
        if let Some(condition) = map.get("Condition") {
            check_condition(condition)?;
        }
        let mut rules = Vec::new();
        for (action, actions) in alternatives(map, "Action", "NotAction")? {
            for (resource, resources) in alternatives(map, "Resource", "NotResource")? {
                check_resource(&resource)?;
                let mut rule = json!({ "Effect": map["Effect"] });
                rule[actions.0] = actions.1.clone();
                rule[resources.0] = resources.1;
                for (rows, condition) in conditions(map.get("Condition"), allows)? {
                    let mut rule = rule.clone();
                    if let Some(condition) = condition {
                        rule["Condition"] = condition;
                    }
                    let (action, resource) = (action.clone(), resource.clone());
                    rules.push(Rule { action, resource, rows, evaluator: evaluator(rule)? });
                }
            }
        }
        Ok(Self { allows, rules })
    }

    /// Whether its effect is `Allow`.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.allows
    }

    /// Its pairs of action and resource.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Rule {
    /// Whether the rule matches the request, including its conditions. `Err` if the request cannot be evaluated.
    pub fn fits(&self, asked: &IAMRequest) -> Result<bool, String> {
        let result = self.evaluator.evaluate(asked).map_err(|error| error.to_string())?;
        Ok(result.decision != Decision::NotApplicable)
    }
}

/// Builds the request that rules evaluate for a role and a right. `Err` if the right cannot be expressed.
pub fn asked(right: &Right, role_arn: &str) -> Result<IAMRequest, String> {
    let resource = Arn::parse(&right.resource).map_err(|error| error.to_string())?;
    let principal = Principal::Aws(PrincipalId::String(role_arn.to_owned()));
    let mut context = Context::new();
    context.insert("aws:PrincipalArn".to_owned(), ContextValue::String(role_arn.to_owned()));
    for (key, values) in &right.keys {
        let values = values.iter().map(|value| value.replace('*', NO_WILDCARD)).collect();
        context.insert((*key).to_owned(), ContextValue::StringList(values));
    }
    Ok(IAMRequest::new_with_context(principal, right.action.as_str(), resource, context))
}

/// A property's name and its value in a rule.
type Element = (&'static str, Value);

/// Returns each alternative in a list of actions or resources. `NotAction` and `NotResource` cannot be split.
fn alternatives(
    map: &Map<String, Value>,
    name: &'static str,
    opposite: &'static str,
) -> Result<Vec<(String, Element)>, StatementError> {
    match (map.get(name), map.get(opposite)) {
        (Some(value), None) => {
            let texts = texts(name, value)?;
            Ok(texts.into_iter().map(|text| (text.clone(), (name, Value::String(text)))).collect())
        }
        (None, Some(value)) => {
            let all = texts(opposite, value)?.join(", ");
            Ok(vec![(format!("all but {all}"), (opposite, value.clone()))])
        }
        (Some(_), Some(_)) => {
            Err(StatementError::Invalid(format!("{name} and {opposite} exclude each other")))
        }
        (None, None) => Err(StatementError::Missing(name)),
    }
}

/// A pattern of partition keys, if there is one, and the condition that allows only these.
type OfKind = (Option<String>, Option<Value>);

/// Returns a condition once for each pattern of partition keys that it allows, so that each can be used, or withheld, by
/// itself. Two kinds of rows in one batch then need two statements here, which is stricter than AWS. A condition that
/// denies stays whole: it applies only if all keys match.
fn conditions(condition: Option<&Value>, allows: bool) -> Result<Vec<OfKind>, StatementError> {
    let patterns =
        condition.filter(|_| allows).and_then(|condition| condition.get(FOR_ALL)?.get(LEADING_KEYS));
    let (Some(condition), Some(patterns)) = (condition, patterns) else {
        return Ok(vec![(None, condition.cloned())]);
    };
    let one = |pattern: String| {
        let mut condition = condition.clone();
        condition[FOR_ALL][LEADING_KEYS] = json!([pattern]);
        (Some(pattern), Some(condition))
    };
    Ok(texts(LEADING_KEYS, patterns)?.into_iter().map(one).collect())
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, StatementError> {
    let texts: Option<Vec<String>> = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let wrong = || StatementError::Invalid(format!("{name} is text or a list of text, not {value}"));
    texts.filter(|texts| !texts.is_empty()).ok_or_else(wrong)
}

fn known<'n>(
    kind: &'static str,
    names: impl IntoIterator<Item = &'n String>,
    known: &'static [&'static str],
) -> Result<(), StatementError> {
    match names.into_iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(StatementError::Unknown { kind, name: name.clone(), known }),
        None => Ok(()),
    }
}

fn check_condition(condition: &Value) -> Result<(), StatementError> {
    let wrong = |what: &str| StatementError::Invalid(format!("{what} is not a mapping: {condition}"));
    let operators = condition.as_object().ok_or_else(|| wrong("Condition"))?;
    known("the condition operator", operators.keys(), &OPERATORS)?;
    for (operator, keys) in operators {
        let keys = keys.as_object().ok_or_else(|| wrong(operator))?;
        known("the condition key", keys.keys(), &KEYS)?;
        for (key, values) in keys {
            if texts(key, values)?.iter().any(|value| value.contains("${")) {
                return Err(variables(values));
            }
        }
    }
    Ok(())
}

fn check_resource(resource: &str) -> Result<(), StatementError> {
    if resource.contains("${") {
        return Err(variables(&Value::from(resource)));
    }
    // AWS: "You can't use a wildcard in the service segment."
    let service = resource.split(':').nth(2).unwrap_or_default();
    if service.contains(['*', '?']) {
        return Err(StatementError::Invalid(format!("{resource} has a wildcard instead of a service")));
    }
    Ok(())
}

fn variables(place: &Value) -> StatementError {
    StatementError::Invalid(format!("{place} has a policy variable, which is not evaluated here"))
}

fn evaluator(rule: Value) -> Result<PolicyEvaluator, StatementError> {
    let invalid = |error: &dyn std::fmt::Display| StatementError::Invalid(error.to_string());
    let rule: IAMStatement = serde_json::from_value(rule).map_err(|error| invalid(&error))?;
    rule.validate_result().map_err(|error| invalid(&error))?;
    Ok(PolicyEvaluator::with_policies(vec![IAMPolicy::new().add_statement(rule)]))
}

#[cfg(test)]
mod tests;
