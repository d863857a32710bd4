//! What each operation may cost, in DynamoDB's read and write units. A change here is a change of the bill.

use edge::{Anyone, Call, NoBody, Service as ServiceRole};
use local::aws::{Principal, Usage};
use secrecy::ExposeSecret;
use serde_json::json;
use users::{get_contact, get_user, log_in, refresh_session};

use crate::{Service, now, of, public, read, signed_in};

/// What has been used since it was last asked: read units and write units.
fn used(service: &Service) -> (f64, f64) {
    let reading = service.table.endpoint().meter().reset();
    let actions = reading.by_principal.get(&Principal::Operator).cloned().unwrap_or_default();
    let sum = |units: fn(&Usage) -> f64| actions.values().map(units).sum();
    (sum(|usage| usage.read_units), sum(|usage| usage.write_units))
}

#[tokio::test]
async fn every_operation_keeps_to_its_budget() {
    let service = Service::start().await;
    used(&service);
    let user = service.ada().await;
    assert_eq!(
        used(&service),
        (0.0, 6.0),
        "register-user: credential, account and event, twice for being one transaction"
    );

    let with = || (service.users.clone(), service.access.clone());
    let credentials = json!({ "email": "ada@example.com", "password": "the analytical engine" });
    let reply = log_in(with(), public(credentials)).await.unwrap();
    assert_eq!(used(&service), (2.0, 2.0), "log-in: credential and account, and the session");

    for (email, what) in [("ada@example.com", "a wrong password"), ("eve@example.com", "an unknown address")]
    {
        let wrong = json!({ "email": email, "password": "a difference engine" });
        assert!(log_in(with(), public(wrong)).await.is_err());
        assert_eq!(used(&service), (1.0, 0.0), "log-in: {what} costs the same as the other");
    }

    let token = reply.body().unwrap().refresh_token.expose_secret();
    let call = Call::new(Anyone, read(json!({ "refresh_token": token })), now());
    refresh_session(with(), call).await.unwrap();
    assert_eq!(used(&service), (2.0, 2.0), "refresh-session: session and account, and the session");

    get_user(service.users.clone(), of(signed_in(user.user_id), "me")).await.unwrap();
    assert_eq!(used(&service), (1.0, 0.0), "get-user");

    let caller = ServiceRole { arn: String::new() };
    let call = Call::new(caller, NoBody, now()).with_path("user_id", user.user_id);
    get_contact(service.users.clone(), call).await.unwrap();
    assert_eq!(used(&service), (1.0, 0.0), "get-contact");
}
