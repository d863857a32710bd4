//! The functions' rights, as the templates grant them.

#![expect(clippy::expect_used, reason = "a panic fails the test")]

use std::collections::BTreeSet;

use model::deployment::{Function, RouteAuth};
use model::statement::{Right, Rule, Statement, asked};
use tests::contract::routes::{deployment, routes};

/// The calls that name rows.
const ITEM_ACTIONS: [&str; 7] =
    ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "ConditionCheckItem"];

fn rules(statements: &[Statement], allowing: bool) -> impl Iterator<Item = &Rule> {
    statements.iter().filter(move |statement| statement.allows() == allowing).flat_map(Statement::rules)
}

#[test]
fn every_right_to_rows_names_their_kind() {
    let deployment = deployment();
    for function in &deployment.functions {
        for rule in rules(&function.policies, true) {
            let Some(action) = rule.action.strip_prefix("dynamodb:") else { continue };
            assert_ne!(action, "Scan", "{}: no operation reads all rows", function.name);
            if ITEM_ACTIONS.contains(&action) {
                let rows = rule.rows.as_deref().unwrap_or_default();
                assert!(
                    rows.len() > 1,
                    "{}: {} on any row of {}: add dynamodb:LeadingKeys",
                    function.name,
                    rule.action,
                    rule.resource
                );
            }
        }
    }
}

fn is_denied(function: &Function, action: &str) -> bool {
    let role = "arn:aws:iam::123456789012:role/example";
    let asked = asked(&Right::new(action, role), role).expect("a request");
    let boundary = function.boundary.as_deref().unwrap_or_default();
    rules(boundary, false).any(|rule| rule.fits(&asked).expect("evaluable"))
}

#[test]
fn no_function_can_be_granted_identities_keys_code_or_secrets() {
    let out_of_reach = [
        "iam:CreateRole",
        "iam:PassRole",
        "sts:AssumeRole",
        "organizations:LeaveOrganization",
        "kms:CreateGrant",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:AddPermission",
        "secretsmanager:PutSecretValue",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:UpdateSecret",
        "logs:CreateLogGroup",
    ];
    for function in &deployment().functions {
        for action in out_of_reach {
            assert!(is_denied(function, action), "{} could be granted {action}", function.name);
        }
        assert!(!is_denied(function, "secretsmanager:GetSecretValue"), "{}", function.name);
    }
}

/// The gateway admits every caller who has the right; the function admits those that its template names.
#[test]
fn internal_routes_name_exactly_the_functions_with_the_right_to_call_them() {
    let deployment = deployment();
    let internal: Vec<_> = routes().into_iter().filter(|route| route.auth == RouteAuth::Iam).collect();
    assert!(!internal.is_empty());
    for route in internal {
        let function = deployment.functions.iter().find(|function| function.operation == route.operation);
        let function = function.expect("a function");
        let named = function.environment.get("CALLERS").map_or("", String::as_str);
        let named: BTreeSet<&str> = named.split_whitespace().collect();
        let segments = route.path.split('/').map(|name| if name.starts_with('{') { "*" } else { name });
        let pattern = format!("/{}{}", route.method, segments.collect::<Vec<_>>().join("/"));
        let may_call = |function: &&Function| {
            let mut rules = rules(&function.policies, true);
            rules.any(|rule| rule.action == "execute-api:Invoke" && rule.resource.ends_with(&pattern))
        };
        let callers = deployment.functions.iter().filter(may_call).map(|function| function.name.as_str());
        assert_eq!(named, callers.collect(), "CALLERS of {}", function.name);
    }
}
