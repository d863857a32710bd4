//! Events for integrations and authorizers, in payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONNECTION, CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING, USER_AGENT};
use serde::Serialize;
use serde_json::{Value, json};

use super::Place;
use super::received::{Received, TRACE};
use super::routes::Found;
use engines::credentials::Caller;
use model::deployment::Api;

/// Why a request is permitted.
#[derive(Debug)]
pub(super) enum Permitted {
    /// The route has no authorization.
    Anyone,
    /// Signed by a function.
    Iam(Caller),
    /// A Lambda authorizer allowed it and returned this context.
    Lambda(Value),
}

/// The fields that both kinds of event have.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Common<'e> {
    version: &'static str,
    route_key: String,
    raw_path: &'e str,
    raw_query_string: &'e str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'e>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'e BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'e> {
    account_id: &'e str,
    api_id: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Value>,
    domain_name: String,
    domain_prefix: &'e str,
    http: Http<'e>,
    request_id: &'e str,
    route_key: String,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'e> {
    method: &'e str,
    path: &'e str,
    protocol: String,
    source_ip: String,
    user_agent: &'e str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Integration<'e> {
    #[serde(flatten)]
    common: Common<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Authorization<'e> {
    #[serde(flatten)]
    common: Common<'e>,
    r#type: &'static str,
    route_arn: String,
    identity_source: &'e [String],
}

/// Builds the event for a route's function.
pub(super) fn request(
    place: &Place,
    api: &Api,
    received: &Received,
    found: &Found<'_>,
    permitted: &Permitted,
) -> Bytes {
    let (body, is_base64_encoded) = body(received);
    let common = common(place, api, received, found, authorizer(place, permitted));
    to_bytes(&Integration { common, body, is_base64_encoded })
}

/// Builds the event for a Lambda authorizer.
pub(super) fn authorization(
    place: &Place,
    api: &Api,
    received: &Received,
    found: &Found<'_>,
    identity: &[String],
) -> Bytes {
    to_bytes(&Authorization {
        common: common(place, api, received, found, None),
        r#type: "REQUEST",
        route_arn: route_arn(place, api, received),
        identity_source: identity,
    })
}

/// Returns `arn:aws:execute-api:<region>:<account>:<api>/$default/GET/orders/…`.
pub(super) fn route_arn(place: &Place, api: &Api, received: &Received) -> String {
    let Place { region, account } = place;
    let (method, path) = (&received.parts.method, received.parts.uri.path());
    format!("arn:aws:execute-api:{region}:{account}:{}/$default/{method}{path}", api.id)
}

fn to_bytes(event: &impl Serialize) -> Bytes {
    match serde_json::to_vec(event) {
        Ok(bytes) => bytes.into(),
        // Text, numbers and maps keyed by text always serialise.
        Err(error) => unreachable!("an event is plain JSON: {error}"),
    }
}

fn common<'e>(
    place: &'e Place,
    api: &'e Api,
    received: &'e Received,
    found: &'e Found<'_>,
    authorizer: Option<Value>,
) -> Common<'e> {
    let uri = &received.parts.uri;
    Common {
        version: "2.0",
        route_key: found.key(),
        raw_path: &received.raw_path,
        raw_query_string: uri.query().unwrap_or_default(),
        cookies: cookies(&received.parts.headers),
        headers: headers(received),
        query_string_parameters: query(uri.query().unwrap_or_default()),
        request_context: context(place, api, received, found, authorizer),
        path_parameters: &found.parameters,
    }
}

fn context<'e>(
    place: &'e Place,
    api: &'e Api,
    received: &'e Received,
    found: &Found<'_>,
    authorizer: Option<Value>,
) -> Context<'e> {
    let host = received.header(HOST.as_str()).unwrap_or_default();
    Context {
        account_id: &place.account,
        api_id: &api.id,
        authorizer,
        domain_name: host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned(),
        domain_prefix: &api.id,
        http: Http {
            method: received.parts.method.as_str(),
            path: &received.raw_path,
            protocol: format!("{:?}", received.parts.version),
            source_ip: received.peer.to_string(),
            user_agent: received.header(USER_AGENT.as_str()).unwrap_or_default(),
        },
        request_id: &received.id,
        route_key: found.key(),
        stage: "$default",
        time: received.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        time_epoch: received.at.as_millisecond(),
    }
}

fn authorizer(place: &Place, permitted: &Permitted) -> Option<Value> {
    match permitted {
        Permitted::Anyone => None,
        Permitted::Lambda(context) => Some(json!({ "lambda": context })),
        Permitted::Iam(caller) => {
            // A function's credentials belong to a session of its role that is named after the function.
            let role = caller.role_arn.rsplit('/').next().unwrap_or_default();
            let id = format!("AROA{}:{role}", caller.access_key_id.get(4..).unwrap_or_default());
            Some(json!({ "iam": {
                "accessKey": caller.access_key_id,
                "accountId": place.account,
                "callerId": id,
                "cognitoIdentity": null,
                "principalOrgId": null,
                "userArn": format!("arn:aws:sts::{}:assumed-role/{role}/{role}", place.account),
                "userId": id,
            }}))
        }
    }
}

/// Converts headers: names in lower case, repeated values joined by commas, without cookies and hop-by-hop headers.
fn headers(received: &Received) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &received.parts.headers {
        if [COOKIE, CONNECTION, TRANSFER_ENCODING, TRACE].contains(name) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = match headers.get(name.as_str()) {
            Some(first) => format!("{first},{value}"),
            None => value.into_owned(),
        };
        headers.insert(name.as_str().to_owned(), joined);
    }
    let peer = received.peer.to_string();
    let forwarded = match headers.remove("x-forwarded-for") {
        Some(before) => format!("{before}, {peer}"),
        None => peer,
    };
    let port =
        received.header(HOST.as_str()).and_then(|host| host.rsplit_once(':')).map_or("80", |(_, port)| port);
    headers.insert("x-forwarded-for".to_owned(), forwarded);
    headers.insert("x-forwarded-port".to_owned(), port.to_owned());
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers.insert(TRACE.to_string(), received.trace.clone());
    headers
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers
        .get_all(COOKIE)
        .into_iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    all.flat_map(|line| line.split("; ").map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Decodes a query string. Repeated values are joined by commas.
fn query(text: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).unwrap_or_default();
    for (name, value) in pairs {
        parameters.entry(name).and_modify(|first| *first = format!("{first},{value}")).or_insert(value);
    }
    parameters
}

/// Returns the body as text if its type is textual and it is UTF-8, and in Base64 otherwise.
fn body(received: &Received) -> (Option<String>, bool) {
    if received.body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(&received.body) {
        Ok(text) if is_text(received.header(CONTENT_TYPE.as_str())) => (Some(text.to_owned()), false),
        _ => (Some(BASE64.encode(&received.body)), true),
    }
}

fn is_text(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&essence.as_str())
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}
