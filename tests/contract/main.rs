//! The contract: what is derived from the code is as it was derived, and nothing is missing in it.
//!
//! `BLESS=1 cargo test -p tests --test contract` writes what differs.

use std::collections::BTreeSet;
use std::path::Path;

use edge::contract::Access;
use model::deployment::RouteAuth;
use serde_json::Value;
use tests::contract::operations::operations;
use tests::contract::routes::{deployment, routes};
use tests::contract::{blessed, errors, events, openapi, refusals, router, skeletons};

#[test]
fn the_api_reference_is_derived() {
    let document = serde_json::to_string_pretty(&openapi::document()).expect("JSON");
    blessed::check("docs/api/openapi.json", &format!("{document}\n"));
}

#[test]
fn the_list_of_errors_is_derived() {
    blessed::check("docs/api/errors.md", &errors::page());
}

#[test]
fn the_list_of_events_is_derived() {
    blessed::check("docs/api/events.md", &events::page());
}

#[test]
fn the_routes_of_cargo_lambda_are_derived() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("Cargo.toml");
    let found = std::fs::read_to_string(manifest).expect("Cargo.toml");
    blessed::check("Cargo.toml", &router::manifest(&found, &routes()));
}

#[test]
fn every_route_has_an_operation_and_every_operation_a_route() {
    let routed: BTreeSet<String> = routes().into_iter().map(|route| route.operation).collect();
    let operations = operations();
    let described: BTreeSet<String> = operations.iter().map(|operation| operation.name.to_owned()).collect();
    assert_eq!(described.len(), operations.len(), "an operation is there twice");
    assert_eq!(routed, described, "the templates' routes, and tests/src/contract/operations.rs");
}

#[test]
fn the_gateway_asks_what_the_operation_needs() {
    for route in routes() {
        let operations = operations();
        let operation = operations.iter().find(|operation| operation.name == route.operation);
        let access = operation.expect("an operation").signature.access;
        let asks_enough = matches!(
            (&route.auth, access),
            (RouteAuth::None, Access::Anyone)
                | (RouteAuth::Iam, Access::Service)
                | (RouteAuth::Lambda(_), Access::SignedIn | Access::Admin)
        );
        assert!(asks_enough, "{}: the template says {:?}, the code {access:?}", route.operation, route.auth);
    }
}

#[test]
fn every_code_is_some_operations_answer() {
    let answered: BTreeSet<&str> =
        operations().iter().flat_map(|operation| refusals::of(operation).into_values().flatten()).collect();
    for (list, codes) in refusals::lists() {
        for code in codes {
            // No resource asks for If-Match yet.
            let is_spare = code.code == "precondition_required";
            assert!(is_spare || answered.contains(code.code), "{list}: no operation answers {}", code.code);
        }
    }
}

#[test]
fn every_function_has_an_event() {
    for function in &deployment().functions {
        blessed::check_there(&format!("events/{}.json", function.binary), || skeletons::of(function));
    }
}

#[test]
fn skeletons_are_of_the_functions_kind() {
    let deployment = deployment();
    let skeleton = |operation: &str| -> Value {
        let function = deployment.functions.iter().find(|function| function.operation == operation);
        serde_json::from_str(&skeletons::of(function.expect("a function"))).expect("JSON")
    };
    let cancel = skeleton("cancel-order");
    assert_eq!(cancel["routeKey"], "POST /orders/{order_id}/cancellation");
    assert_eq!(cancel["rawPath"], "/orders/example/cancellation");
    assert!(cancel["requestContext"]["authorizer"]["lambda"]["user_id"].is_string());
    assert_eq!(skeleton("log-in")["body"], "{}");
    assert!(skeleton("reserve-stock")["requestContext"]["authorizer"]["iam"].is_object());
    assert_eq!(skeleton("process-payment")["Records"][0]["eventSource"], "aws:sqs");
    assert_eq!(skeleton("expire-reservations")["source"], "aws.events");
}
