//! The contract: derived files are up to date, and complete.
//!
//! `BLESS=1 cargo test -p tests --test contract` writes the files that differ.

mod rights;

use std::collections::BTreeSet;
use std::path::Path;

use edge::contract::Access;
use model::deployment::{Behavior, RouteAuth, Target};
use serde_json::{Value, json};
use tests::Reply;
use tests::contract::exchange::{self, Sent};
use tests::contract::routes::{Route, deployment, routes};
use tests::contract::{access, blessed, errors, events, openapi, operations, refusals, router, skeletons};

#[test]
fn the_api_reference_is_up_to_date() {
    let document = serde_json::to_string_pretty(&openapi::document()).expect("JSON");
    blessed::check("docs/api/openapi.json", &format!("{document}\n"));
}

#[test]
fn the_list_of_errors_is_up_to_date() {
    blessed::check("docs/api/errors.md", &errors::page());
}

#[test]
fn the_table_of_access_is_up_to_date() {
    blessed::check("docs/api/access.md", &access::page());
}

#[test]
fn the_list_of_events_is_up_to_date() {
    blessed::check("docs/api/events.md", &events::page());
}

#[test]
fn the_routes_of_cargo_lambda_are_up_to_date() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("Cargo.toml");
    let found = std::fs::read_to_string(manifest).expect("Cargo.toml");
    blessed::check("Cargo.toml", &router::manifest(&found, &routes()));
}

#[test]
fn every_route_has_an_operation_and_every_operation_a_route() {
    let routed: BTreeSet<String> = routes().into_iter().map(|route| route.operation).collect();
    let operations = operations();
    let described: BTreeSet<String> = operations.iter().map(|operation| operation.name.to_owned()).collect();
    assert_eq!(described.len(), operations.len(), "an operation is listed twice");
    assert_eq!(routed, described, "the templates' routes and the resources' contract() functions differ");
}

#[test]
fn every_routes_authorizer_matches_its_operations_authority() {
    for route in routes() {
        let operations = operations();
        let operation = operations.iter().find(|operation| operation.name == route.operation);
        let access = operation.expect("an operation").signature.access;
        let matches_access = matches!(
            (&route.auth, access),
            (RouteAuth::None, Access::Anyone)
                | (RouteAuth::Iam, Access::Service)
                | (RouteAuth::Lambda(_), Access::SignedIn | Access::Account | Access::Staff | Access::Admin)
        );
        assert!(
            matches_access,
            "{}: the template specifies {:?}, the code {access:?}",
            route.operation, route.auth
        );
    }
}

#[test]
fn head_is_answered_wherever_get_is() {
    let routes = routes();
    let answers = |wanted: &Route| {
        routes.iter().any(|route| {
            (&*route.method, &route.path, &route.operation, &route.auth)
                == ("HEAD", &wanted.path, &wanted.operation, &wanted.auth)
        })
    };
    for route in routes.iter().filter(|route| route.method == "GET" && route.auth != RouteAuth::Iam) {
        assert!(answers(route), "{}: no route for HEAD {}", route.operation, route.path);
    }
}

#[test]
fn cors_allows_the_methods_of_the_routes_and_no_other() {
    for api in deployment().apis {
        let public = api.routes.iter().filter(|route| route.auth != RouteAuth::Iam);
        // Browsers always allow HEAD.
        let used = public.map(|route| route.method.clone()).filter(|method| method != "HEAD");
        let allowed = api.cors.expect("CORS").methods.into_iter().collect::<BTreeSet<String>>();
        assert_eq!(allowed, used.collect(), "AllowMethods of {}", api.service);
    }
}

#[test]
fn the_front_door_forwards_every_public_route_with_its_parameters() {
    let behaviors = deployment().front_door;
    let operations = operations();
    for route in routes() {
        let path = route.path.replace(['{', '}'], "");
        let matching = behaviors.iter().find(|behavior| match behavior.pattern.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == behavior.pattern,
        });
        let forwarding = match &matching.expect("the default").target {
            Target::Api(forwarding) => Some(forwarding),
            Target::Bucket(_) | Target::Pages(_) => None,
        };
        let is_public = route.auth != RouteAuth::Iam;
        let api = forwarding.map(|forwarding| &*forwarding.api_id);
        assert_eq!(api, is_public.then_some(&*route.service), "{path} in shared/templates/front-door.yaml");
        let Some(forwarded) = forwarding.and_then(|forwarding| forwarding.query.as_ref()) else { continue };
        let operation = operations.iter().find(|operation| operation.name == route.operation);
        for name in openapi::query_names(operation.expect("an operation")) {
            assert!(forwarded.contains(&name), "the cache policy of the front door drops {name} of {path}");
        }
    }
}

#[test]
fn every_page_has_a_document_and_no_path_of_an_api() {
    let behaviors = deployment().front_door;
    let Some((default, services)) = behaviors.split_last() else { panic!("no behaviors") };
    let Target::Pages(pages) = &default.target else { panic!("{default:?}") };
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../site");
    for (path, document) in &pages.documents {
        assert!(site.join(document.trim_start_matches('/')).is_file(), "{path}: no site{document}");
        // The console's pages have a behavior of their own, for their headers.
        for Behavior { pattern, .. } in
            services.iter().filter(|each| !matches!(each.target, Target::Pages(_)))
        {
            let prefix = pattern.trim_end_matches('*');
            assert!(!path.starts_with(prefix), "the page {path} is behind {pattern} of the front door");
        }
    }
}

#[test]
fn every_error_code_belongs_to_an_operation() {
    let answered: BTreeSet<&str> =
        operations().iter().flat_map(|operation| refusals::of(operation).into_values().flatten()).collect();
    for (list, codes) in refusals::lists() {
        for code in codes {
            // No resource requires If-Match yet, and no operation requires the role staff.
            let is_unused = matches!(code.code, "precondition_required" | "staff_only");
            assert!(is_unused || answered.contains(code.code), "{list}: no operation returns {}", code.code);
        }
    }
}

#[test]
fn every_code_that_an_operation_answers_is_listed() {
    let listed: BTreeSet<&str> =
        refusals::lists().into_iter().flat_map(|(_, codes)| codes).map(|code| code.code).collect();
    for operation in operations() {
        for code in refusals::of(&operation).into_values().flatten() {
            assert!(
                listed.contains(code),
                "{}: {code} is in no list of tests/src/contract/refusals.rs",
                operation.name
            );
        }
    }
}

#[test]
fn every_function_has_an_event_file() {
    for function in &deployment().functions {
        blessed::check_there(&format!("events/{}.json", function.binary), || skeletons::of(function));
    }
}

#[test]
fn a_skeleton_has_the_form_of_its_functions_trigger() {
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

#[test]
fn an_undocumented_request_or_reply_is_reported() {
    let client = reqwest::Client::new();
    let login = |body: Value| {
        let request = client.post("http://shop.example/sessions").json(&body).build().expect("a request");
        Sent::of(&request)
    };
    let reply = |status: u16, content_type: &str, body: Value| Reply {
        status,
        content_type: content_type.to_owned(),
        body,
    };
    let problem = |status: u16, code: &str| {
        let body = json!({ "type": "t", "title": "t", "status": status, "detail": "d", "code": code, "request_id": "r" });
        reply(status, "application/problem+json", body)
    };
    let tokens = json!({
        "access_token": "a", "token_type": "Bearer", "expires_in": 600, "refresh_token": "r",
        "user_id": "usr_01KAR8J3YT5QZ8W2N6V4C1D7EF", "later": "replies are open",
    });
    let sent = login(json!({ "email": "ada@bodega.example", "password": "p" }));
    let granted = reply(200, "application/json", tokens.clone());
    assert_eq!(exchange::check(&sent, &granted), Ok(()));
    assert_eq!(exchange::check(&sent, &problem(401, "invalid_credentials")), Ok(()));
    let different = [
        (problem(418, "invalid_credentials"), "a status"),
        (problem(401, "out_of_stock"), "a code"),
        (reply(200, "text/plain", tokens), "a content type"),
        (reply(200, "application/json", json!({ "access_token": "a" })), "a reply"),
    ];
    for (reply, what) in different {
        assert!(exchange::check(&sent, &reply).is_err(), "undocumented: {what}");
    }
    let strange = login(json!({ "email": "ada@bodega.example", "password": "p", "admin": true }));
    assert!(exchange::check(&strange, &granted).is_err(), "an undocumented field was accepted");
}
