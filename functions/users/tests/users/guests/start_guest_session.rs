//! `POST /guests`.

use edge::{Anyone, Call};
use jiff::SignedDuration;
use serde_json::{Value, json};
use users::guests::start_guest_session;
use users::keys::authorize_request;
use users::sessions::end_session;

use crate::sessions::{bearer, refresh_token, text};
use crate::{Service, code, now, read};

#[tokio::test]
async fn a_guest_has_a_session_like_any_other_user() {
    let service = Service::start().await;
    let call = Call::new(Anyone, read(json!({})), now());
    let reply = start_guest_session(service.sign_ins(), call).await.unwrap();
    let shown = json!(reply.body().unwrap());
    assert_eq!(
        (reply.status().as_u16(), &shown["guest"], &shown["expires_in"]),
        (201, &json!(true), &json!(600))
    );
    assert_eq!(shown["merged_from"], Value::Null);
    let caller = authorize_request(service.authorizer.clone(), bearer(&reply, now())).await.unwrap();
    assert_eq!((caller.user_id.to_string(), caller.is_guest), (text(&reply, "user_id"), true));
    assert_eq!(caller.roles, []);

    let next = service.refresh(&refresh_token(&reply), now()).await.unwrap();
    assert_eq!(json!(next.body().unwrap())["guest"], true);
    let again = authorize_request(service.authorizer.clone(), bearer(&next, now())).await.unwrap();
    assert_eq!(again, caller, "still a guest, of the same session");
}

#[tokio::test]
async fn a_guests_session_lasts_thirty_days() {
    let service = Service::start().await;
    let days = |days: i64| now() + SignedDuration::from_hours(24 * days);
    let first = service.visitor().await.refresh_token;
    let second = refresh_token(&service.refresh(&first, days(29)).await.unwrap());
    assert_eq!(code(service.refresh(&second, days(31)).await), "401 invalid_refresh_token");
}

#[tokio::test]
async fn a_guest_can_end_the_session_and_no_other() {
    let service = Service::start().await;
    let (one, other) = (service.visitor().await, service.visitor().await);
    let end = async |which: &str| {
        let call = Call::new(one.caller.clone(), edge::NoBody, now()).with_path("session_id", which);
        assert_eq!(end_session(service.users.clone(), call).await.unwrap().status().as_u16(), 204);
    };
    end(&other.caller.session_id.to_string()).await;
    let other = refresh_token(&service.refresh(&other.refresh_token, now()).await.unwrap());
    end("all").await;
    assert_eq!(code(service.refresh(&one.refresh_token, now()).await), "401 session_revoked");
    assert!(service.refresh(&other, now()).await.is_ok());
    let third = service.visitor().await;
    let call = Call::new(third.caller.clone(), edge::NoBody, now());
    let own = call.with_path("session_id", third.caller.session_id);
    end_session(service.users.clone(), own).await.unwrap();
    assert_eq!(code(service.refresh(&third.refresh_token, now()).await), "401 session_revoked", "by its id");
}
