//! A payment gateway elsewhere that speaks Stripe's API, such as localstripe, behind the faults that the laptop's own has.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use reqwest::{Client, Url};

use super::error::Error;
use super::serve::{Action, Answer, MAX_BODY, caller, respond};
use engines::aws::install_crypto;
use engines::faults::{Broken, Faults, no_answer};

/// What passes requests on.
#[derive(Debug)]
struct Elsewhere {
    url: Url,
    client: Client,
    faults: Faults,
}

/// Returns the routes that pass every request on to the gateway at `url`.
pub(super) fn router(url: Url, faults: Faults) -> Result<Router, reqwest::Error> {
    install_crypto();
    let elsewhere = Elsewhere { url, client: Client::builder().build()?, faults };
    Ok(Router::new().fallback(serve).with_state(Arc::new(elsewhere)))
}

async fn serve(State(elsewhere): State<Arc<Elsewhere>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else { return no_answer() };
    let (faults, function) = (elsewhere.faults.clone(), caller(&parts.headers));
    let action = Action::of(&parts.method, parts.uri.path()).map(|action| action.name());
    let work = async move { elsewhere.pass(parts, body).await };
    let answered = match (function, action) {
        (Some(function), Ok(action)) => faults.around(&function, action, work).await,
        _ => faults.to_its_end(work).await,
    };
    match answered {
        Ok(response) => response.unwrap_or_else(|error| {
            tracing::warn!(%error, "the payment gateway does not answer");
            no_answer()
        }),
        Err(Broken::Lost) => no_answer(),
        Err(Broken::Failed) => respond(Answer::error(&Error::failed())),
        Err(Broken::Throttled | Broken::Conflict) => respond(Answer::error(&Error::too_many_requests())),
    }
}

impl Elsewhere {
    async fn pass(&self, parts: Parts, body: Bytes) -> Result<Response, reqwest::Error> {
        let mut url = self.url.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        let headers = passed_on(parts.headers);
        let answer = self.client.request(parts.method, url).headers(headers).body(body).send().await?;
        let (status, headers) = (answer.status(), passed_on(answer.headers().clone()));
        let mut response = Response::new(Body::from(answer.bytes().await?));
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

/// Without the headers of one connection.
fn passed_on(mut headers: HeaderMap) -> HeaderMap {
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use axum::routing::any;
    use engines::aws::Activity;
    use engines::faults::{Fault, Site};
    use http::StatusCode;
    use tokio::net::TcpListener;

    use super::*;

    async fn listen(router: Router) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    #[tokio::test]
    async fn requests_are_passed_on_unless_a_fault_prevents_it() {
        let gateway = any(async |parts: Parts, body: Bytes| {
            let key = parts.headers["idempotency-key"].to_str().unwrap().to_owned();
            (StatusCode::PAYMENT_REQUIRED, format!("{} {key} {}", parts.uri, body.len()))
        });
        let url = listen(Router::new().fallback(gateway)).await;
        let faults = Faults::new(Activity::default());
        let next = Site {
            function: "process-payment".to_owned(),
            action: "stripe:ConfirmPaymentIntent".to_owned(),
            nth: 1,
        };
        faults.upcoming(next.clone(), 1, Fault::Failed);
        faults.upcoming(Site { nth: 2, ..next }, 1, Fault::AnswerLost);
        let proxy = listen(router(url.parse().unwrap(), faults).unwrap()).await;
        let confirm = || {
            let request = Client::new().post(format!("{proxy}/v1/payment_intents/pi_1/confirm?x=1"));
            let request = request.header("user-agent", "Bodega/0.1.0 (process-payment)");
            request.header("idempotency-key", "key-1").body("a=1").send()
        };
        assert_eq!(confirm().await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(confirm().await.is_err(), "its answer is lost");
        let answer = confirm().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
        assert_eq!(answer.text().await.unwrap(), "/v1/payment_intents/pi_1/confirm?x=1 key-1 3");
    }
}
