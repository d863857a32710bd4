//! Which statements are accepted, and what they match.

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
fn each_pattern_of_rows_that_a_statement_allows_is_a_rule() {
    let statement = |effect: &str, operator: &str| {
        read(&format!(
            r#"{{"Effect":"{effect}","Action":["a:b","a:c"],"Resource":"*","Condition":{{"{operator}":{{"dynamodb:LeadingKeys":["USER#*","ORDER#*"]}}}}}}"#
        ))
    };
    let rows = |statement: Statement| {
        statement.rules().iter().map(|rule| rule.rows.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    let split = statement("Allow", "ForAllValues:StringLike").unwrap();
    assert_eq!(rows(split), ["USER#*", "ORDER#*", "USER#*", "ORDER#*"]);
    for whole in [statement("Deny", "ForAllValues:StringLike"), statement("Allow", "ForAnyValue:StringLike")]
    {
        assert_eq!(rows(whole.unwrap()), ["", ""]);
    }
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
fn resources_are_compared_by_part_and_case_sensitively() {
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
fn not_action_and_not_resource_match_everything_else() {
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
fn conditions_match_sets_and_single_values() {
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
        // What a request names is no pattern.
        ("ForAllValues:StringLike", r#""USER#*""#, &["USER#**1", "USER#?*"], true),
        ("ForAllValues:StringLike", r#""USER#1""#, &["USER#*"], false),
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
fn each_pair_of_action_and_resource_is_a_rule() {
    let statement =
        read(r#"{"Effect":"Allow","Action":["a:B","a:C"],"Resource":["arn:aws:a:::x","*"]}"#).unwrap();
    let rules: Vec<_> =
        statement.rules().iter().map(|rule| (rule.action.as_str(), rule.resource.as_str())).collect();
    assert_eq!(rules, [("a:B", "arn:aws:a:::x"), ("a:B", "*"), ("a:C", "arn:aws:a:::x"), ("a:C", "*")]);
}

#[test]
fn an_unsupported_element_is_an_error() {
    let with = |more: &str| format!(r#"{{"Effect":"Allow","Action":"a:B","Resource":"*"{more}}}"#);
    for (statement, expected) in [
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
        (allow("a:B", "arn:aws:*:eu-west-1:1:x"), "has a wildcard instead of a service"),
        (allow("a:B", "arn:aws:a:::${aws:username}"), "has a policy variable"),
        (r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#.to_owned(), "Action is text or a list"),
    ] {
        let error = read(&statement).unwrap_err().to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
}
