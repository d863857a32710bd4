//! Skeletons of `events/<operation>.json`, for a person to fill in: an event of the same kind, with the operation's route, queue or
//! schedule.

use model::deployment::{Function, RouteAuth, Source};
use serde_json::{Map, Value, json};

use super::operations;
use super::routes::{Route, routes};
use crate::shop::root;

/// The event of a function, as far as it is known.
///
/// # Panics
/// For what is invoked by a stream or as an authorizer: there is one of each.
#[must_use]
pub fn of(function: &Function) -> String {
    let route = routes().into_iter().find(|route| route.operation == function.operation);
    let event = match (route, function.sources.first()) {
        (Some(route), _) => request(&route),
        (None, Some(Source::Queue(_))) => like("settle-reservation"),
        (None, Some(Source::Schedule(_))) => {
            let mut event = like("expire-orders");
            event["resources"] =
                json!([format!("arn:aws:events:eu-west-1:123456789012:rule/bodega-{}", function.operation)]);
            event
        }
        (None, _) => panic!("{}: write its event by hand", function.operation),
    };
    format!("{}\n", serde_json::to_string_pretty(&event).expect("JSON"))
}

fn request(route: &Route) -> Value {
    let mut event = like(match route.auth {
        RouteAuth::None => "list-products",
        RouteAuth::Iam => "get-contact",
        RouteAuth::Lambda(_) => "get-order",
    });
    let mut parameters = Map::new();
    let parts = route.path.split('/').map(|part| {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                parameters.insert(name.to_owned(), json!("example"));
                "example"
            }
            None => part,
        }
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let key = format!("{} {}", route.method, route.path);
    event["routeKey"] = json!(key);
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!("");
    event["requestContext"]["http"]["method"] = json!(route.method);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["routeKey"] = json!(key);
    for part in ["queryStringParameters", "pathParameters"] {
        event.as_object_mut().map(|event| event.remove(part));
    }
    if !parameters.is_empty() {
        event["pathParameters"] = Value::Object(parameters);
    }
    let operations = operations();
    let operation = operations.iter().find(|operation| operation.name == route.operation);
    if operation.is_some_and(|operation| operation.signature.request.is_some()) {
        event["headers"]["content-type"] = json!("application/json");
        event["body"] = json!("{}");
    }
    event
}

/// An event that is there already.
fn like(operation: &str) -> Value {
    let file = root().join("events").join(format!("{operation}.json"));
    serde_json::from_str(&std::fs::read_to_string(file).expect("the event")).expect("JSON")
}
