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

/// One action on one resource, as written in the statement.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The action's pattern.
    pub action: String,
    /// The resource's pattern.
    pub resource: String,
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
                if let Some(condition) = map.get("Condition") {
                    rule["Condition"] = condition.clone();
                }
                rules.push(Rule { action: action.clone(), resource, evaluator: evaluator(rule)? });
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
        context.insert((*key).to_owned(), ContextValue::StringList(values.clone()));
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
        return Err(StatementError::Invalid(format!("{resource} has a wildcard in place of the service")));
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
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";

    fn read(statement: &str) -> Result<Statement, StatementError> {
        Statement::read(&serde_json::from_str(statement).unwrap())
    }

    /// Whether any rule of the statement matches a right with these condition key values.
    fn fits(statement: &str, action: &str, resource: &str, keys: &[(&'static str, &[&str])]) -> bool {
        let keys = keys.iter().map(|(key, values)| (*key, values.iter().map(|v| (*v).to_owned()).collect()));
        let right = Right { keys: keys.collect(), ..Right::new(action, resource) };
        let role = "arn:aws:iam::123456789012:role/place-order";
        let asked = asked(&right, role).unwrap();
        read(statement).unwrap().rules().iter().any(|rule| rule.fits(&asked).unwrap())
    }

    fn allow(action: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    }

    #[test]
    fn actions_are_compared_without_case_and_with_wildcards() {
        for (pattern, action, fitting) in [
            ("dynamodb:PutItem", "dynamodb:PutItem", true),
            ("DynamoDB:putitem", "dynamodb:PutItem", true),
            ("dynamodb:PutItem", "dynamodb:PutItems", false),
            ("dynamodb:*Item", "dynamodb:PutItem", true),
            ("dynamodb:*Item", "dynamodb:Query", false),
            ("dynamodb:?utItem", "dynamodb:PutItem", true),
            ("dynamodb:?PutItem", "dynamodb:PutItem", false),
            ("*", "dynamodb:PutItem", true),
            ("sqs:*", "dynamodb:PutItem", false),
        ] {
            assert_eq!(fits(&allow(pattern, "*"), action, TABLE, &[]), fitting, "{pattern} {action}");
        }
    }

    #[test]
    fn resources_are_compared_part_by_part_and_with_their_case() {
        let index = format!("{TABLE}/index/gsi1");
        for (pattern, resource, fitting) in [
            (TABLE, TABLE, true),
            (TABLE, "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders", false),
            (TABLE, index.as_str(), false),
            (&format!("{TABLE}/index/*"), index.as_str(), true),
            (&format!("{TABLE}/index/gsi?"), index.as_str(), true),
            (&format!("{TABLE}/index/gsi2"), index.as_str(), false),
            ("arn:aws:dynamodb:*:*:table/orders", TABLE, true),
            ("arn:aws:dynamodb:*:table/orders:*", TABLE, false),
            ("arn:aws:dynamodb:eu-west-1:*:*", TABLE, true),
            ("arn:aws:sqs:eu-west-1:123456789012:*", TABLE, false),
            ("*", TABLE, true),
        ] {
            assert_eq!(
                fits(&allow("dynamodb:*", pattern), "dynamodb:Query", resource, &[]),
                fitting,
                "{pattern} {resource}"
            );
        }
    }

    #[test]
    fn what_is_not_meant_is_everything_else() {
        let statement =
            format!(r#"{{"Effect":"Deny","NotAction":["dynamodb:Get*","sqs:*"],"NotResource":"{TABLE}"}}"#);
        let other = "arn:aws:dynamodb:eu-west-1:123456789012:table/users";
        assert!(fits(&statement, "dynamodb:PutItem", other, &[]));
        assert!(!fits(&statement, "dynamodb:GetItem", other, &[]));
        assert!(!fits(&statement, "sqs:SendMessage", other, &[]));
        assert!(!fits(&statement, "dynamodb:PutItem", TABLE, &[]));
        assert!(!read(&statement).unwrap().allows());
    }

    #[test]
    fn conditions_on_sets_and_on_single_values() {
        let keys = "dynamodb:LeadingKeys";
        let condition = |operator: &str, key: &str, values: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"{key}":{values}}}}}}}"#
            )
        };
        for (operator, values, given, fitting) in [
            ("ForAllValues:StringEquals", r#"["a","b"]"#, ["a", "b"].as_slice(), true),
            ("ForAllValues:StringEquals", r#"["a","b"]"#, &["a", "c"], false),
            ("ForAllValues:StringEquals", r#""a""#, &["A"], false),
            ("ForAllValues:StringLike", r#""USER#*""#, &["USER#1", "USER#2"], true),
            ("ForAllValues:StringLike", r#""USER#*""#, &["USER#1", "ORDER#2"], false),
            ("ForAnyValue:StringLike", r#""USER#*""#, &["USER#1", "ORDER#2"], true),
            ("ForAnyValue:StringEquals", r#""USER#2""#, &["USER#1", "ORDER#2"], false),
        ] {
            let statement = condition(operator, keys, values);
            assert_eq!(fits(&statement, "a:b", TABLE, &[(keys, given)]), fitting, "{operator} {given:?}");
        }
        for (operator, values, given, fitting) in [
            ("StringEquals", r#""shop@bodega.example""#, "shop@bodega.example", true),
            ("StringEquals", r#"["a@b.c","shop@bodega.example"]"#, "shop@bodega.example", true),
            ("StringEquals", r#""shop@bodega.example""#, "Shop@bodega.example", false),
            ("StringEqualsIgnoreCase", r#""shop@bodega.example""#, "Shop@bodega.example", true),
            ("StringLike", r#""*@bodega.example""#, "shop@bodega.example", true),
            ("StringLike", r#""*@bodega.example""#, "shop@elsewhere.example", false),
        ] {
            let statement = condition(operator, "ses:FromAddress", values);
            let given: [&str; 1] = [given];
            assert_eq!(fits(&statement, "a:b", TABLE, &[("ses:FromAddress", &given)]), fitting, "{operator}");
            assert!(!fits(&statement, "a:b", TABLE, &[]), "{operator} without a value");
        }
        let own = condition("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:role/place-*""#);
        assert!(fits(&own, "a:b", TABLE, &[]));
        let other = condition("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:role/get-*""#);
        assert!(!fits(&other, "a:b", TABLE, &[]));
    }

    #[test]
    fn every_action_on_every_resource_is_a_rule() {
        let statement =
            read(r#"{"Effect":"Allow","Action":["a:B","a:C"],"Resource":["arn:aws:a:::x","*"]}"#).unwrap();
        let rules: Vec<_> =
            statement.rules().iter().map(|rule| (rule.action.as_str(), rule.resource.as_str())).collect();
        assert_eq!(rules, [("a:B", "arn:aws:a:::x"), ("a:B", "*"), ("a:C", "arn:aws:a:::x"), ("a:C", "*")]);
    }

    #[test]
    fn what_is_not_evaluated_is_an_error() {
        let with = |more: &str| format!(r#"{{"Effect":"Allow","Action":"a:B","Resource":"*"{more}}}"#);
        for (statement, said) in [
            (with(r#","Principal":"*""#), r#"the statement's element "Principal" is not known"#),
            (with(r#","Condition":{"NumericEquals":{}}"#), r#"the condition operator "NumericEquals""#),
            (with(r#","Condition":{"StringNotEquals":{}}"#), r#"the condition operator "StringNotEquals""#),
            (
                with(r#","Condition":{"StringEquals":{"aws:SourceIp":"x"}}"#),
                r#"the condition key "aws:SourceIp""#,
            ),
            (with(r#","Condition":{"StringEquals":{"ses:FromAddress":1}}"#), "ses:FromAddress is text"),
            (with(r#","Condition":{"StringEquals":{}}"#), "cannot have empty condition map"),
            (with(r#","Condition":{}"#), "cannot be empty"),
            (with(r#","Condition":"x""#), "Condition is not a mapping"),
            (with(r#","NotAction":"a:C""#), "Action and NotAction exclude each other"),
            (r#"{"Effect":"Allow","Action":"a:B"}"#.to_owned(), "Resource is required"),
            (r#"{"Effect":"Allow","Resource":"*"}"#.to_owned(), "Action is required"),
            (r#"{"Action":"a:B","Resource":"*"}"#.to_owned(), "Effect: Allow or Deny is required"),
            (allow("PutItem", "*"), "Action must contain a colon"),
            (allow("a:B", "orders"), "Resource must be an ARN"),
            (allow("a:B", "arn:aws:*:eu-west-1:1:x"), "has a wildcard in place of the service"),
            (allow("a:B", "arn:aws:a:::${aws:username}"), "has a policy variable"),
            (r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#.to_owned(), "Action is text or a list"),
        ] {
            let error = read(&statement).unwrap_err().to_string();
            assert!(error.contains(said), "{statement}: {error}");
        }
    }
}
