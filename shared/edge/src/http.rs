//! Operations behind an HTTP API (payload format 2.0).

use std::time::Duration;

use http::{Method, header};
use jiff::Timestamp;
use lambda_http::{Request, RequestExt, Response, service_fn};
use serde::Serialize;
use tracing::{Instrument, Span};

use crate::call::{Body, Call};
use crate::caller::Authority;
use crate::cause::Cause;
use crate::environment::Connect;
use crate::front_door::FrontDoor;
use crate::problem::Problem;
use crate::refusal::RequestRefusal;
use crate::reply::{Reply, unless_known};
use crate::runtime::{self, Error, OutOfTime};

/// Runs an operation as a Lambda function, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, B, W, T, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    B: Body,
    W: Authority,
    T: Serialize,
    F: Fn(A, Call<B, W>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply<T>, Problem>> + Send,
{
    runtime::start(operation, |(adapters, front_door): (A, FrontDoor)| {
        lambda_http::run(service_fn(move |request: Request| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let is_head = request.method() == Method::HEAD;
            // A service signs its calls, and makes them to the API itself.
            let admitted = if W::SERVICE { Ok(()) } else { front_door.admit(request.headers()) };
            async move {
                let response = answer(adapters, handler, request, admitted).await;
                Ok::<_, std::convert::Infallible>(if is_head { without_body(response) } else { response })
            }
        }))
    })
}

/// A HEAD request gets the headers of a GET, and no content (RFC 9110 §9.3.2).
fn without_body(response: Response<lambda_http::Body>) -> Response<lambda_http::Body> {
    response.map(|_| lambda_http::Body::Empty)
}

async fn answer<A, B, W, T, F, Fut>(
    adapters: A,
    handler: F,
    request: Request,
    admitted: Result<(), RequestRefusal>,
) -> Response<lambda_http::Body>
where
    B: Body,
    W: Authority,
    T: Serialize,
    F: Fn(A, Call<B, W>) -> Fut,
    Fut: Future<Output = Result<Reply<T>, Problem>>,
{
    let request_id = request_id(&request);
    let context = request.lambda_context_ref();
    let time = context.map(|context| runtime::time_until(runtime::deadline(context)));
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).filter(|_| is_read).cloned();
    let cause = Cause::of_request(request.headers(), &request_id, W::SERVICE)
        .traced(context.and_then(runtime::trace));
    let invocation = context.map_or_else(Span::none, telemetry::invocation);
    let span = invocation.in_scope(|| cause.span());
    let call = admitted.map_err(Problem::from).and_then(|()| Call::read(&request, cause, Timestamp::now()));
    async {
        let replied = match call {
            Ok(call) => within(time, Box::pin(handler(adapters, call)))
                .await
                .and_then(Reply::into_response)
                .map(|response| unless_known(response, known.as_ref())),
            Err(problem) => Err(problem),
        };
        replied
            .inspect(|response| tracing::info!(status = response.status().as_u16(), "answered"))
            .unwrap_or_else(|problem| {
                problem.log();
                problem.into_response(&request_id)
            })
    }
    .instrument(span)
    .await
}

/// Without this, Lambda would end the process, and the client would get only the gateway's error.
async fn within<T>(
    time: Option<Duration>,
    operation: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    match time {
        None => operation.await,
        Some(time) => {
            let ended = tokio::time::timeout(time, operation).await;
            ended.unwrap_or_else(|_| Err(Problem::unavailable(OutOfTime)))
        }
    }
}

/// Returns API Gateway's id of the request, which is also in its access log; otherwise the invocation's id.
fn request_id(request: &Request) -> String {
    use lambda_http::request::RequestContext;
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) if context.request_id.is_some() => {
            context.request_id.clone().unwrap_or_default()
        }
        _ => request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_operation_that_exceeds_its_time_returns_503() {
        let hangs = std::future::pending::<Result<(), Problem>>();
        let problem = within(Some(Duration::from_millis(10)), hangs).await.expect_err("a problem");
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "temporarily_unavailable"));
        assert!(within(Some(Duration::from_secs(10)), async { Ok(()) }).await.is_ok());
    }
}
