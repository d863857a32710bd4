//! `docs/api/openapi.json`.

use std::collections::BTreeMap;

use edge::Problem;
use edge::contract::{Access, Header, Operation};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::docs::Doc;
use super::routes::{Route, routes};
use super::schemas::Schemas;
use super::{docs, operations, refusals};

/// What the gateway itself answers with, before or without an operation.
const GATEWAY: [u16; 4] = [429, 500, 503, 413];

/// How API Gateway names `WWW-Authenticate` of a function's reply.
const CHALLENGE: &str = "x-amzn-Remapped-WWW-Authenticate";

/// The tag of each service, with what it is about.
const TAGS: [(&str, &str); 4] = [
    ("users", "Accounts, sessions and the keys that access tokens are verified with."),
    ("products", "The catalogue, and the stock behind it."),
    ("orders", "Checkout, and an order's life."),
    ("payments", "The payment of an order."),
];

const ABOUT: &str = "The API of a shop: accounts, the catalogue, orders and their payments.\n\n\
    Errors are problem details (RFC 9457) with a stable `code`; `docs/api/errors.md` says what each means and what a client does \
    about it. The gateway's own refusals (no route, no `Authorization` header, a path that does not decode, too many requests, \
    more than 10 MB) are \
    `{ \"message\": … }`. A 401 has its challenge in `x-amzn-Remapped-WWW-Authenticate`: the gateway renames the header.\n\n\
    A request with a field that is not in its schema is refused. Replies may get more fields, and their enumerations more values, \
    without a new version: clients ignore what they do not know.\n\n\
    `HEAD` is answered wherever `GET` is.\n\n\
    Amounts are whole minor units of their currency. Timestamps are RFC 3339, in UTC.";

/// The document.
#[must_use]
pub fn document() -> Value {
    let operations = operations();
    let mut schemas = Schemas::new();
    let problem = schemas.reply(SchemaGenerator::subschema_for::<Problem>);
    let mut paths: Map<String, Value> = Map::new();
    let routes: Vec<Route> = routes().into_iter().filter(|route| route.method != "HEAD").collect();
    for route in &routes {
        let operation = operations.iter().find(|operation| operation.name == route.operation);
        let operation = operation
            .unwrap_or_else(|| panic!("{}: no entry in the contract() of its resource", route.operation));
        let mut described = describe(route, operation, &mut schemas, &problem);
        described["operationId"] = json!(operation_id(route, &routes));
        let path = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = described;
    }
    let mut paths = Value::Object(paths);
    let mut components = schemas.into_components(&mut paths);
    super::schemas::tidy(&mut paths);
    components.insert(
        "GatewayMessage".to_owned(),
        json!({
            "type": "object",
            "description": "A refusal by the gateway itself.",
            "properties": { "message": { "type": "string", "description": "What is wrong." } },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bodega",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:{port}", "description": "`cargo dev` on this machine.",
            "variables": { "port": { "default": "8080", "description": "The front door's port." } } }],
        "tags": TAGS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "access_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `access_token` that `POST /sessions` answers with. It is valid for ten minutes.",
                },
                "aws_signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, by the role of a service that may call the route.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
        },
    })
}

fn describe(route: &Route, operation: &Operation, schemas: &mut Schemas, problem: &Value) -> Value {
    let doc = docs::of(&route.service, operation.name);
    let mut described = json!({
        "tags": [route.service],
        "summary": doc.summary,
        "security": security(operation.signature.access),
        "responses": responses(operation, schemas, problem),
    });
    let description = describe_access(operation.signature.access, &doc);
    if !description.is_empty() {
        described["description"] = json!(description);
    }
    let parameters = parameters(route, operation, schemas);
    if !parameters.is_empty() {
        described["parameters"] = Value::Array(parameters);
    }
    if let Some(request) = operation.signature.request {
        let schema = schemas.request(request);
        let content: Map<_, _> = edge::media_types(&route.method)
            .iter()
            .map(|media_type| ((*media_type).to_owned(), json!({ "schema": schema })))
            .collect();
        described["requestBody"] =
            json!({ "required": !operation.signature.is_request_optional, "content": content });
    }
    if operation.signature.access == Access::Service {
        described["x-internal"] = json!(true);
    }
    described
}

/// The operation's name, and the last part of the path if it has another route: ids are unique.
fn operation_id(route: &Route, all: &[Route]) -> String {
    let is_other = |other: &Route| {
        other.operation == route.operation && other.method == route.method && other.path < route.path
    };
    match all.iter().any(is_other) {
        true => format!("{}-{}", route.operation, route.path.rsplit('/').next().unwrap_or_default()),
        false => route.operation.clone(),
    }
}

/// What the summary does not say.
fn describe_access(access: Access, doc: &Doc) -> String {
    let needs = match access {
        Access::Anyone | Access::SignedIn => None,
        Access::Account => Some("Requires an account: guests are refused."),
        Access::Admin => Some("Requires the admin role."),
        Access::Staff => Some("Requires the staff role."),
        Access::Service => Some("For services of the shop alone."),
    };
    let more = doc.description.strip_prefix(&doc.summary).unwrap_or_default().trim_start_matches('.').trim();
    [more, needs.unwrap_or_default()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn security(access: Access) -> Value {
    match access {
        Access::Anyone => json!([]),
        Access::SignedIn | Access::Account | Access::Staff | Access::Admin => json!([{ "access_token": [] }]),
        Access::Service => json!([{ "aws_signature": [] }]),
    }
}

fn parameters(route: &Route, operation: &Operation, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = Vec::new();
    let named: Vec<&str> =
        route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    assert_eq!(named.len(), operation.path.len(), "{}: the path parameters", operation.name);
    for (name, path) in named.into_iter().zip(&operation.path) {
        let schema = schemas.request(*path);
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    if let Some(query) = operation.query {
        let mut query = schemas.request(query);
        let properties = query["properties"].take();
        for (name, mut schema) in properties.as_object().cloned().into_iter().flatten() {
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            parameters.push(json!({
                "name": name,
                "in": "query",
                "required": false,
                "description": description,
                "schema": without_null(schema),
            }));
        }
    }
    let mut header = |name: &str, header: Header, description: &str, schema: Value| {
        if header != Header::Ignored {
            parameters.push(json!({
                "name": name,
                "in": "header",
                "required": header == Header::Required,
                "description": description,
                "schema": schema,
            }));
        }
    };
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
    let once = "Names the request, so that it has one effect however often it is sent. A UUID will do.";
    header("Idempotency-Key", operation.idempotency_key, once, key);
    let version = "The ETag of the version that is to be changed.";
    header("If-Match", operation.if_match, version, json!({ "type": "string" }));
    if is_conditional(operation) {
        let known = "The ETag of the reply that the client has: if it is still so, the answer is 304.";
        header("If-None-Match", Header::Optional, known, json!({ "type": "string" }));
    }
    parameters
}

/// The names of an operation's query parameters.
#[must_use]
pub fn query_names(operation: &Operation) -> Vec<String> {
    let query = operation.query.map(|query| Schemas::new().request(query)).unwrap_or_default();
    query["properties"].as_object().into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

/// A parameter that is not given is left out, not null.
fn without_null(schema: Value) -> Value {
    let mut schema = schema;
    if let Some(types) = schema["type"].as_array() {
        schema["type"] = types.iter().find(|name| **name != "null").cloned().unwrap_or_default();
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let some: Vec<Value> = any.iter().filter(|schema| schema["type"] != "null").cloned().collect();
        if let [only] = some.as_slice() {
            return only.clone();
        }
    }
    schema
}

fn is_conditional(operation: &Operation) -> bool {
    operation.etag && operation.signature.request.is_none() && operation.if_match == Header::Ignored
}

fn responses(operation: &Operation, schemas: &mut Schemas, problem: &Value) -> Value {
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for status in [operation.status].into_iter().chain(operation.replaces.then_some(200)) {
        responses.insert(status.to_string(), success(operation, status, schemas));
    }
    if let Some(incomplete) = operation.incomplete {
        let response = json!({
            "description": "Not completed yet: the body tells how.",
            "headers": { "Cache-Control": text_header("`no-store`.") },
            "content": { "application/json": { "schema": schemas.reply(incomplete) } },
        });
        responses.insert("202".to_owned(), response);
    }
    if is_conditional(operation) {
        let unchanged =
            json!({ "description": "The client has the current version.", "headers": { "ETag": etag() } });
        responses.insert("304".to_owned(), unchanged);
    }
    let mut refusals = refusals::of(operation);
    let access = match operation.signature.access {
        Access::Anyone => None,
        Access::SignedIn | Access::Account | Access::Staff | Access::Admin => Some(401),
        Access::Service => Some(403),
    };
    // The gateway decodes paths, and refuses what does not decode.
    let undecodable = (!operation.path.is_empty()).then_some(400);
    let gateways: Vec<u16> = GATEWAY.into_iter().chain(access).chain(undecodable).collect();
    for status in &gateways {
        refusals.entry(*status).or_default();
    }
    for (status, codes) in refusals {
        let mut content = Map::new();
        if !codes.is_empty() {
            let coded = json!({ "properties": { "code": { "enum": codes }, "status": { "const": status } } });
            let told = operation.members.iter().filter(|(code, ..)| codes.contains(code));
            let told = told.map(|(code, member, describe)| {
                json!({
                    "if": { "properties": { "code": { "const": code } } },
                    "then": { "properties": { *member: schemas.reply(*describe) }, "required": [member] },
                })
            });
            let parts: Vec<Value> = [problem.clone(), coded].into_iter().chain(told).collect();
            content.insert("application/problem+json".to_owned(), json!({ "schema": { "allOf": parts } }));
        }
        if gateways.contains(&status) {
            let message = json!({ "$ref": "#/components/schemas/GatewayMessage" });
            content.insert("application/json".to_owned(), json!({ "schema": message }));
        }
        let mut response = json!({ "description": refused(status), "content": content });
        match status {
            401 => {
                response["headers"] = json!({ CHALLENGE: text_header("`Bearer`, with the error where a token was sent (RFC 6750).") });
            }
            429 | 503 => {
                response["headers"] =
                    json!({ "Retry-After": text_header("After how many seconds to try again.") });
            }
            _ => {}
        }
        responses.insert(status.to_string(), response);
    }
    json!(responses)
}

fn success(operation: &Operation, status: u16, schemas: &mut Schemas) -> Value {
    let mut headers = Map::new();
    let cache = if operation.cached { "How long anyone may keep it." } else { "`no-store`." };
    headers.insert("Cache-Control".to_owned(), text_header(cache));
    if operation.etag {
        headers.insert("ETag".to_owned(), etag());
    }
    if status == 201 {
        headers.insert(
            "Location".to_owned(),
            text_header("Where the new resource is. Absent if no route shows it yet, as for a draft."),
        );
    }
    let what = match status {
        201 => "Created.",
        _ if operation.replaces => "Replaced, or it was so already.",
        _ => "Success.",
    };
    let mut response = json!({ "description": what, "headers": headers });
    if let Some(reply) = operation.signature.reply {
        response["content"] = json!({ "application/json": { "schema": schemas.reply(reply) } });
    }
    if operation.page {
        response["content"]["text/html"] = json!({ "schema": { "type": "string" } });
    }
    response
}

fn etag() -> Value {
    text_header("The version of what is shown.")
}

fn text_header(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" } })
}

fn refused(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read.",
        401 => "The caller is not known.",
        403 => "The caller lacks the right.",
        404 => "It does not exist, or is not the caller's.",
        409 => "The current state does not allow it.",
        412 => "The version that the client has seen is not the current one.",
        413 => "The body is too large.",
        415 => "The body is not JSON.",
        422 => "The request can be read but is not valid.",
        428 => "The request has to say which version it changes.",
        429 => "Too many requests.",
        500 => "A fault on our side.",
        503 => "A dependency is unavailable; the same request may succeed later.",
        other => panic!("{other}: what does it mean? Say so here"),
    }
}
