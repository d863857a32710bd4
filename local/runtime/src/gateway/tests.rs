//! Tests of the gateway with fake functions.

mod authorization;
mod edges;
mod events;
mod faults;
mod pages;
mod routing;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::Gateway;
use engines::credentials::FunctionCredentials;
use engines::iam::Policies;
use model::deployment::{
    Api, Authorizer, Behavior, Deployment, FixedReply, Forwarding, Function, Pages, Route, RouteAuth, Target,
};
use model::invoke::{Answer, Invocation, Invoke, InvokeError};
use model::statement::Statement;

pub(super) const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

type Script = Box<dyn Fn(&Invocation) -> Option<Result<Answer, InvokeError>> + Send + Sync>;

/// Functions that respond with a script's results. If the script returns `None`, they never respond.
pub(super) struct Fake {
    script: Script,
    seen: Mutex<Vec<Invocation>>,
}

impl Invoke for Fake {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
        let answer = (self.script)(&invocation);
        self.seen.lock().unwrap().push(invocation);
        async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
        .boxed()
    }
}

impl Fake {
    /// The operations that ran, in order.
    pub(super) fn ran(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|invocation| invocation.operation.clone()).collect()
    }

    /// The last event.
    pub(super) fn event(&self) -> Value {
        serde_json::from_slice(&self.seen.lock().unwrap().last().unwrap().payload).unwrap()
    }
}

/// A gateway and the functions behind it.
pub(super) struct Bench {
    pub gateway: Arc<Gateway>,
    pub fake: Arc<Fake>,
    pub credentials: FunctionCredentials,
}

impl Bench {
    pub(super) async fn send(&self, request: Request) -> Response {
        self.gateway.answer_api("orders", request, PEER).await
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.send(request("GET", path, &[], "")).await).await
    }
}

/// Responds with the operation's name as the body.
pub(super) fn echo(invocation: &Invocation) -> Option<Result<Answer, InvokeError>> {
    ok(
        json!({"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json!(invocation.operation).to_string()}),
    )
}

pub(super) fn ok(payload: Value) -> Option<Result<Answer, InvokeError>> {
    answer(&payload.to_string(), None)
}

pub(super) fn answer(payload: &str, function_error: Option<&str>) -> Option<Result<Answer, InvokeError>> {
    Some(Ok(Answer {
        payload: Bytes::from(payload.to_owned()),
        function_error: function_error.map(str::to_owned),
        request_id: "r".to_owned(),
    }))
}

pub(super) fn bench(
    api: Api,
    script: impl Fn(&Invocation) -> Option<Result<Answer, InvokeError>> + Send + Sync + 'static,
) -> Bench {
    let fake = Arc::new(Fake { script: Box::new(script), seen: Mutex::default() });
    let mut users = api_of(&[("GET", "/users/{user_id}", "get-user", RouteAuth::None)]);
    (users.id, users.service) = ("users".to_owned(), "users".to_owned());
    let deployment = Deployment {
        functions: vec![
            Function { policies: vec![invoke()], ..function("place-order") },
            function("get-order"),
        ],
        apis: vec![api, users],
        front_door: vec![
            behavior("/orders*", "orders"),
            behavior("internal/?", "orders"),
            behavior("/users*", "users"),
            Behavior { pattern: "*".to_owned(), target: Target::Pages(shop()) },
        ],
        ..Deployment::default()
    };
    let credentials = FunctionCredentials::new(&deployment.functions, &[1; 32]);
    let gateway =
        Gateway::new(&deployment, fake.clone(), Arc::new(credentials.clone()), policies(&deployment))
            .unwrap();
    Bench { gateway: Arc::new(gateway), fake, credentials }
}

/// The permission to call internal routes, and nothing else.
fn invoke() -> Statement {
    let resource = "arn:aws:execute-api:eu-west-1:123456789012:orders/*/*/internal/*";
    let statement = json!({ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource });
    Statement::read(&statement).unwrap()
}

pub(super) fn policies(deployment: &Deployment) -> Arc<Policies> {
    Arc::new(Policies::of(deployment, "eu-west-1", "123456789012"))
}

/// Forwards with a header, and of the query only `known`.
fn behavior(pattern: &str, api_id: &str) -> Behavior {
    let forwarding = Forwarding {
        api_id: api_id.to_owned(),
        headers: vec![("x-origin-verify".to_owned(), "the front door".to_owned())],
        query: Some(vec!["known".to_owned()]),
    };
    Behavior { pattern: pattern.to_owned(), target: Target::Api(forwarding) }
}

fn shop() -> Pages {
    let text = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let reply = |kind: &str, body: &str| FixedReply {
        status: 404,
        headers: text(&[("content-type", kind)]),
        body: body.to_owned(),
    };
    Pages {
        documents: text(&[("/", "/index.html"), ("/p/*", "/product.html"), ("/gone", "/gone.html")]),
        not_found: reply("application/json", &message("Not Found").to_string()),
        not_found_page: reply("text/html", "<p>Not found</p>"),
        headers: text(&[("content-security-policy", "default-src 'self'")]),
        compressed: true,
    }
}

pub(super) fn api_of(routes: &[(&str, &str, &str, RouteAuth)]) -> Api {
    let routes = routes.iter().map(|(method, path, operation, auth)| Route {
        method: (*method).to_owned(),
        path: (*path).to_owned(),
        operation: (*operation).to_owned(),
        auth: auth.clone(),
        throttling: None,
    });
    let tokens = Authorizer {
        operation: "authorize-request".to_owned(),
        identity_headers: vec!["authorization".to_owned()],
        ttl: Duration::from_secs(60),
    };
    Api {
        id: "orders".to_owned(),
        service: "orders".to_owned(),
        endpoint: "http://127.0.0.1:3002".to_owned(),
        routes: routes.collect(),
        authorizers: BTreeMap::from([("Tokens".to_owned(), tokens)]),
        cors: None,
    }
}

fn function(operation: &str) -> Function {
    Function {
        operation: operation.to_owned(),
        binary: operation.to_owned(),
        service: "orders".to_owned(),
        logical_id: "F".to_owned(),
        name: operation.to_owned(),
        arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{operation}"),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 128,
        concurrency: None,
        async_retries: 2,
        sources: Vec::new(),
        policies: Vec::new(),
        boundary: None,
    }
}

pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:3002");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

pub(super) async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns the status and the JSON body.
pub(super) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = text(response).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub(super) fn message(text: &str) -> Value {
    json!({ "message": text })
}
