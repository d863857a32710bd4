//! Operations behind an HTTP API (payload format 2.0).

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Response, header};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::body::Body;
use crate::call::Call;
use crate::caller::{Authority, Callers};
use crate::cause::Cause;
use crate::clock::Clock;
use crate::environment::Connect;
pub use crate::event::Event;
use crate::event::reply;
use crate::front_door::FrontDoor;
use crate::problem::Problem;
use crate::refusal::RequestRefusal;
use crate::reply::{Reply, unless_known};
use crate::runtime::{self, Error, Invoked, Serving};
use crate::security::Access;
use crate::served;
use crate::timeouts;

/// Runs an operation as a Lambda function, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, B, W, Q, T, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    B: Body,
    W: Authority,
    Q: DeserializeOwned + Send + 'static,
    T: Serialize,
    F: Fn(A, Call<B, W, Q>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply<T>, Problem>> + Send,
{
    runtime::start(
        operation,
        move |(adapters, front_door, (callers, clock)): (A, FrontDoor, (Callers, Clock))| {
            serve(Box::new(move |LambdaEvent { payload, context, .. }| {
                let (adapters, handler) = (adapters.clone(), handler.clone());
                let (front_door, callers) = (front_door.clone(), callers.clone());
                Box::pin(async move {
                    // A service signs its calls, and makes them to the API itself.
                    let admit =
                        |headers: &HeaderMap| if W::SERVICE { Ok(()) } else { front_door.admit(headers) };
                    let at = (&context, clock.now(&context));
                    Ok(answer(adapters, handler, &payload, at, admit, &callers).await)
                })
            }))
        },
    )
}

/// Without type parameters: see [`runtime::serve`].
fn serve(invoked: Invoked<Event, ApiGatewayV2httpResponse>) -> Serving {
    runtime::serve(invoked)
}

/// Calls an operation, as of `now`, with an event that `admit` lets in, and returns the reply for the gateway.
pub async fn answer<A, B, W, Q, T, F, Fut>(
    adapters: A,
    handler: F,
    event: &Event,
    (context, now): (&Context, Timestamp),
    admit: impl FnOnce(&HeaderMap) -> Result<(), RequestRefusal>,
    callers: &Callers,
) -> ApiGatewayV2httpResponse
where
    A: Send,
    B: Body,
    W: Authority,
    Q: DeserializeOwned + Send,
    T: Serialize,
    F: Fn(A, Call<B, W, Q>) -> Fut + Send,
    Fut: Future<Output = Result<Reply<T>, Problem>> + Send,
{
    let request_id = event.request_id().unwrap_or(&context.request_id);
    let headers = event.headers();
    let none = HeaderMap::new();
    let readable = headers.as_ref().unwrap_or(&none);
    let time = runtime::time_until(runtime::deadline(context));
    let time = callers_time(readable, W::SERVICE).map_or(time, |callers| callers.min(time));
    let is_head = event.method() == "HEAD";
    let known = readable.get(header::IF_NONE_MATCH).filter(|_| is_head || event.method() == "GET").cloned();
    let cause = Cause::of_request(readable, request_id, W::SERVICE).traced(runtime::trace(context));
    let span = runtime::span(context, &cause);
    // Headers that cannot be read cannot prove anything; they are refused below.
    let admitted = headers.as_ref().map_or(Ok(()), |headers| admit(headers).map_err(Problem::from));
    let access = Access::of::<W>(event, readable, now);
    access.identify(&span);
    let call = admitted.and_then(|()| Call::read(event, callers, headers, cause, now));
    let replied = call.map(|call| {
        let call = call.within(time);
        let response: Responding<'_> =
            Box::pin(async move { handler(adapters, call).await.and_then(Reply::into_response) });
        response
    });
    respond(replied, Exchange { request_id, access, known, is_head, time }).instrument(span).await
}

type Responding<'a> = BoxFuture<'a, Result<Response<Option<String>>, Problem>>;

/// What the reply to a request depends on, whatever the operation is.
struct Exchange<'a> {
    request_id: &'a str,
    access: Access,
    /// The version that the client knows already.
    known: Option<HeaderValue>,
    is_head: bool,
    time: Duration,
}

/// Returns the reply for the gateway. It has no type parameters, so that it is compiled once, as `serve` is.
fn respond<'a>(
    operation: Result<Responding<'a>, Problem>,
    exchange: Exchange<'a>,
) -> BoxFuture<'a, ApiGatewayV2httpResponse> {
    let Exchange { request_id, access, known, is_head, time } = exchange;
    Box::pin(async move {
        let replied = match operation {
            Ok(operation) => answered_within(time, operation).await,
            Err(problem) => Err(problem),
        };
        let response = match replied.map(|response| unless_known(response, known.as_ref())) {
            Ok(response) => {
                tracing::info!(status = response.status().as_u16(), "answered");
                access.log(response.status(), None);
                response
            }
            Err(problem) => {
                problem.log();
                access.log(problem.status(), Some(problem.code()));
                problem.into_response(request_id)
            }
        };
        served::note(response.status());
        // A HEAD request gets the headers of a GET, and no content (RFC 9110 §9.3.2).
        reply(if is_head { response.map(|_| None) } else { response })
    })
}

/// The header in which a service sends when it stops waiting for the reply, in milliseconds since the Unix epoch. Work
/// beyond that would only delay others: the caller has repeated its request, or has replied.
pub const DEADLINE_HEADER: &str = "x-bodega-deadline";

/// Returns how long the calling service still waits. Other callers cannot set it.
fn callers_time(headers: &HeaderMap, is_service: bool) -> Option<Duration> {
    let sent = headers.get(DEADLINE_HEADER).filter(|_| is_service)?;
    let deadline = Timestamp::from_millisecond(sent.to_str().ok()?.parse().ok()?).ok()?;
    let left = Duration::try_from(Timestamp::now().duration_until(deadline)).unwrap_or_default();
    Some(left.saturating_sub(timeouts::ANSWER_PEER_BEFORE))
}

/// Without this, Lambda would end the process, and the client would get only the gateway's error.
async fn answered_within<T>(
    time: Duration,
    operation: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    runtime::within(time, operation).await.unwrap_or_else(|late| Err(Problem::unavailable(late)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_operation_that_exceeds_its_time_returns_503() {
        let hangs = std::future::pending::<Result<(), Problem>>();
        let problem = answered_within(Duration::from_millis(10), hangs).await.expect_err("a problem");
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "temporarily_unavailable"));
        assert!(answered_within(Duration::from_secs(10), async { Ok(()) }).await.is_ok());
        let problem = answered_within(Duration::ZERO, async { Ok(()) }).await.expect_err("no time left");
        assert_eq!(problem.status(), 503, "nothing is begun");
    }

    #[test]
    fn only_a_service_can_send_a_deadline() {
        let in_a_second = Timestamp::now() + Duration::from_secs(1);
        let headers = |value: &str| {
            HeaderMap::from_iter([(
                DEADLINE_HEADER.parse().expect("a header's name"),
                value.parse().expect("a header's value"),
            )])
        };
        let sent = headers(&in_a_second.as_millisecond().to_string());
        let left = callers_time(&sent, true).expect("a deadline");
        assert!(left > Duration::from_millis(500) && left <= Duration::from_millis(900), "{left:?}");
        assert_eq!(callers_time(&sent, false), None);
        assert_eq!(callers_time(&headers("86400"), true), Some(Duration::ZERO), "long ago");
        assert_eq!(callers_time(&headers("soon"), true), None);
        assert_eq!(callers_time(&HeaderMap::new(), true), None);
    }
}
