//! The HTTP APIs and the front door, which behave like API Gateway (payload format 2.0) and CloudFront.
//!
//! Each API listens on its own address. The front door listens on another and forwards each request to an API by its
//! path.

mod authorizer;
mod cors;
mod event;
mod front_door;
mod iam;
mod pages;
mod received;
mod reply;
mod routes;
mod throttle;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures::FutureExt as _;
use tokio::net::TcpListener;

use engines::aws::{Activity, Endpoint};
use engines::credentials::{Caller, Credentials};
use engines::faults::{Broken, Faults};
use engines::iam::Policies;
use event::Permitted;
use model::deployment::{Api, Deployment, Forwarding, RouteAuth, Target};
use model::invoke::{Answer, Invocation, Invoke, InvokeError};
use received::Received;
use reply::Refusal;
use routes::{Found, Routes};
use throttle::Throttle;

/// API Gateway's integration timeout.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a deployment cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Two routes of an API conflict, or a route's path is invalid.
    #[error("the API {api:?} cannot have the route {method} {path}: {source}")]
    Route {
        /// The API's id.
        api: String,
        /// The route's method.
        method: String,
        /// The route's path.
        path: String,
        source: matchit::InsertError,
    },
    /// A listener or a behavior refers to an API that is not part of the deployment.
    #[error("the deployment has no API {0:?}")]
    NoSuchApi(String),
    /// A listener failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// All APIs of a deployment, and the front door.
pub struct Gateway {
    apis: BTreeMap<String, Served>,
    front_door: front_door::FrontDoor,
    invoke: Arc<dyn Invoke>,
    credentials: Arc<dyn Credentials>,
    policies: Arc<Policies>,
    faults: Faults,
    /// Where the front door reads objects.
    objects: Option<Arc<Endpoint>>,
    /// Where it reads the shop's pages.
    site: Option<PathBuf>,
    decisions: authorizer::Decisions,
    place: Place,
}

/// The region and account, for ARNs.
#[derive(Debug, Clone, Default)]
struct Place {
    region: String,
    account: String,
}

/// An API with its compiled routes.
struct Served {
    api: Api,
    routes: Routes,
    throttles: Vec<Throttle>,
}

/// The bound sockets that [`serve`] answers on.
#[derive(Debug, Default)]
pub struct Listeners {
    /// By API id.
    pub apis: BTreeMap<String, TcpListener>,
    /// The front door's, if there is one.
    pub front_door: Option<TcpListener>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("apis", &self.apis.keys()).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Prepares the APIs of a deployment.
    ///
    /// # Errors
    ///
    /// When an API's routes conflict, or a behavior refers to an unknown API.
    pub fn new(
        deployment: &Deployment,
        invoke: Arc<dyn Invoke>,
        credentials: Arc<dyn Credentials>,
        policies: Arc<Policies>,
    ) -> Result<Self, GatewayError> {
        let mut apis = BTreeMap::new();
        for api in &deployment.apis {
            let served = Served {
                routes: Routes::new(api)?,
                throttles: api.routes.iter().map(|route| Throttle::new(route.throttling)).collect(),
                api: api.clone(),
            };
            apis.insert(api.id.clone(), served);
        }
        for behavior in &deployment.front_door {
            if let Target::Api(Forwarding { api_id, .. }) = &behavior.target
                && !apis.contains_key(api_id)
            {
                return Err(GatewayError::NoSuchApi(api_id.clone()));
            }
        }
        Ok(Self {
            apis,
            front_door: front_door::FrontDoor::new(&deployment.front_door),
            invoke,
            credentials,
            policies,
            faults: Faults::new(Activity::default()),
            objects: None,
            site: None,
            decisions: authorizer::Decisions::default(),
            place: Place::of(deployment),
        })
    }

    /// Injects these faults into the calls that functions make.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Serves objects of this endpoint's buckets at the front door.
    #[must_use]
    pub fn with_objects(self, endpoint: Arc<Endpoint>) -> Self {
        Self { objects: Some(endpoint), ..self }
    }

    /// Serves the pages in this folder at the front door, in place of the bucket that a release uploads them to.
    #[must_use]
    pub fn with_site(self, folder: PathBuf) -> Self {
        Self { site: Some(folder), ..self }
    }

    /// Responds to a request at an API's own address.
    pub async fn answer_api(&self, api_id: &str, request: Request, peer: IpAddr) -> Response {
        match self.apis.get(api_id) {
            Some(served) => self.answer(served, request, peer).await,
            None => reply::bare(Refusal::NotFound),
        }
    }

    /// Responds to a request at the front door.
    pub async fn answer_front_door(&self, mut request: Request, peer: IpAddr) -> Response {
        let forwarding = match self.front_door.target_of(request.uri().path()) {
            None => return reply::bare(Refusal::NotFound),
            Some(Target::Pages(pages)) => {
                let (parts, _) = request.into_parts();
                return pages::answer(pages, self.site.as_deref(), &parts).await;
            }
            Some(Target::Bucket(bucket)) => {
                let (parts, _) = request.into_parts();
                return front_door::object(self.objects.as_deref(), bucket, &parts).await;
            }
            Some(Target::Api(forwarding)) => forwarding,
        };
        let Some(served) = self.apis.get(&forwarding.api_id) else {
            return reply::bare(Refusal::NotFound);
        };
        front_door::forward(&mut request, &served.api, forwarding, peer);
        self.answer(served, request, peer).await
    }

    async fn answer(&self, served: &Served, request: Request, peer: IpAddr) -> Response {
        let origin = cors::origin_of(request.headers());
        if let Some(preflight) = cors::preflight(served.api.cors.as_ref(), &request) {
            return preflight;
        }
        let (id, response) = match Received::read(request, peer).await {
            Err(refusal) => (received::request_id(), Err(refusal)),
            Ok(received) => (received.id.clone(), self.process(served, &received).await),
        };
        let mut response = response.unwrap_or_else(reply::bare);
        reply::name(&mut response, &id);
        cors::decorate(served.api.cors.as_ref(), origin.as_ref(), response.headers_mut());
        response
    }

    async fn process(&self, served: &Served, received: &Received) -> Result<Response, Refusal> {
        let found =
            served.routes.find(&received.parts.method, received.parts.uri.path()).ok_or(Refusal::NotFound)?;
        if !served.throttles.get(found.index).is_none_or(Throttle::admits) {
            return Err(Refusal::TooManyRequests);
        }
        let permitted = self.authorize(served, received, &found).await?;
        let event = event::request(&self.place, &served.api, received, &found, &permitted);
        let caller = match &permitted {
            Permitted::Iam(caller) => Some(caller),
            Permitted::Anyone | Permitted::Lambda(_) => None,
        };
        let answer = self.run(&found.route.operation, event, received, INTEGRATION_TIMEOUT, caller).await?;
        reply::from_function(&found.route.operation, answer)
    }

    async fn authorize(
        &self,
        served: &Served,
        received: &Received,
        found: &Found<'_>,
    ) -> Result<Permitted, Refusal> {
        match &found.route.auth {
            RouteAuth::None => Ok(Permitted::Anyone),
            RouteAuth::Iam => {
                let caller = iam::verify(received, self.credentials.as_ref(), &self.place)?;
                let route_arn = event::route_arn(&self.place, &served.api, received);
                iam::may_invoke(&self.policies, &caller, &route_arn)?;
                Ok(Permitted::Iam(caller))
            }
            RouteAuth::Lambda(name) => {
                let context = authorizer::decide(self, served, name, received, found).await?;
                Ok(Permitted::Lambda(context))
            }
        }
    }

    /// Runs a function to completion, even if the client disconnects: that does not stop a Lambda function either.
    async fn run(
        &self,
        operation: &str,
        payload: Bytes,
        received: &Received,
        timeout: Duration,
        caller: Option<&Caller>,
    ) -> Result<Answer, Refusal> {
        let invocation = Invocation {
            operation: operation.to_owned(),
            payload,
            trace_header: Some(received.trace.clone()),
        };
        let invoke = Arc::clone(&self.invoke);
        let invoked = async move { invoke.invoke(invocation).await };
        let running = async {
            match caller {
                Some(caller) => self.faults.around(&caller.operation, "execute-api:Invoke", invoked).await,
                None => self.faults.to_its_end(invoked).await,
            }
        };
        match tokio::time::timeout(timeout, running).await {
            Err(_) => {
                tracing::warn!(operation, "no response within {timeout:?}");
                Err(Refusal::ServiceUnavailable)
            }
            Ok(Err(broken)) => Err(match broken {
                Broken::Throttled => Refusal::TooManyRequests,
                Broken::Conflict | Broken::Failed => Refusal::ServiceUnavailable,
                Broken::Lost => Refusal::NoAnswer,
            }),
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => {
                tracing::warn!(operation, %error, "the function could not be invoked");
                Err(match error {
                    InvokeError::Throttled(_) => Refusal::ServiceUnavailable,
                    InvokeError::TooLarge { .. } => Refusal::RequestEntityTooLarge,
                    InvokeError::NoSuchFunction(_) | InvokeError::Host { .. } => Refusal::InternalServerError,
                })
            }
        }
    }
}

impl Place {
    /// Reads the region and account from the first function's ARN.
    fn of(deployment: &Deployment) -> Self {
        let arn = deployment.functions.first().map(|function| function.arn.as_str()).unwrap_or_default();
        let mut parts = arn.split(':').skip(3).map(str::to_owned);
        Self { region: parts.next().unwrap_or_default(), account: parts.next().unwrap_or_default() }
    }
}

/// Serves all listeners until `shutdown` resolves and the requests in progress have completed.
///
/// # Errors
///
/// When a listener's API is unknown, or a listener fails.
pub async fn serve(
    gateway: Arc<Gateway>,
    listeners: Listeners,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), GatewayError> {
    let shutdown = shutdown.boxed().shared();
    let mut servers = Vec::new();
    for (id, listener) in listeners.apis {
        if !gateway.apis.contains_key(&id) {
            return Err(GatewayError::NoSuchApi(id));
        }
        let gateway = Arc::clone(&gateway);
        let answer = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
            gateway.answer_api(&id, request, peer.ip()).await
        };
        servers.push(listen(listener, axum::Router::new().fallback(answer), shutdown.clone()).boxed());
    }
    if let Some(listener) = listeners.front_door {
        let answer = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
            gateway.answer_front_door(request, peer.ip()).await
        };
        servers.push(listen(listener, axum::Router::new().fallback(answer), shutdown.clone()).boxed());
    }
    futures::future::try_join_all(servers).await?;
    Ok(())
}

async fn listen(
    listener: TcpListener,
    router: axum::Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // With Nagle's algorithm, small responses would wait for an acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    // `Received::read` limits bodies, and responds as API Gateway does.
    let router = router.layer(axum::extract::DefaultBodyLimit::disable());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}

/// A response without a body.
fn empty(status: http::StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
