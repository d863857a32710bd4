//! Faults in the calls that functions make to each other.

use std::time::SystemTime;

use super::authorization::{Signing, api, signed};
use super::{Bench, bench, echo, message, read, request};
use engines::faults::{Fault, Site};

async fn call(bench: &Bench) -> axum::response::Response {
    let caller = bench.credentials.of("place-order").unwrap();
    let signing = Signing { caller, service: "execute-api", region: "eu-west-1", time: SystemTime::now() };
    bench.send(signed(&signing, "POST", "/internal/reservations", "{}")).await
}

#[tokio::test]
async fn a_functions_call_fails_at_the_injected_sites() {
    let bench = bench(api(), echo);
    let faults = &bench.gateway.faults;
    faults.watch();
    let site =
        |nth| Site { function: "place-order".to_owned(), action: "execute-api:Invoke".to_owned(), nth };
    faults.at(site(1), Fault::Throttled);
    faults.at(site(2), Fault::Failed);
    faults.at(site(3), Fault::AnswerLost);
    assert_eq!(read(call(&bench).await).await, (429, message("Too Many Requests")));
    assert_eq!(read(call(&bench).await).await, (503, message("Service Unavailable")));
    assert!(bench.fake.ran().is_empty());
    // No byte of the response is sent.
    let lost = call(&bench).await;
    assert!(axum::body::to_bytes(lost.into_body(), usize::MAX).await.is_err());
    assert_eq!(bench.fake.ran(), ["internal"]);
    assert_eq!(read(call(&bench).await).await.0, 200);
    assert_eq!(faults.calls(), (1..=4).map(site).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_caller_that_is_not_a_function_has_no_faults() {
    let bench = bench(super::api_of(&[("GET", "/x", "x", model::deployment::RouteAuth::None)]), echo);
    bench.gateway.faults.watch();
    bench.gateway.faults.rates(1, &[(Fault::Failed, 1.0)]);
    assert_eq!(read(bench.send(request("GET", "/x", &[], "")).await).await.0, 200);
    assert!(bench.gateway.faults.calls().is_empty());
}
