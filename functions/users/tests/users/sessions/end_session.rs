//! `DELETE /sessions/{session_id}`.

use domain::words::id::{SessionId, UserId};
use edge::{Call, NoBody, SignedIn};
use jiff::Timestamp;
use users::keys::authorize_request;
use users::sessions::end_session;

use crate::sessions::{Device, bearer, credentials, later, refresh_token};
use crate::{Service, code, now, signed_in};

impl Service {
    /// Ends sessions, which always gives the same reply.
    pub async fn end(&self, caller: &SignedIn, which: &str, now: Timestamp) {
        let call = Call::new(caller.clone(), NoBody, now).with_path("session_id", which);
        let reply = end_session(self.users.clone(), call).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body()), (204, None), "{which}");
    }

    /// Refreshes, and returns the refusal. The device keeps its first token, which is the newest.
    async fn refused(&self, device: &Device, now: Timestamp) -> String {
        code(self.refresh(&device.refresh_token, now).await)
    }
}

#[tokio::test]
async fn current_ends_the_session_of_the_caller_only() {
    let service = Service::start().await;
    service.ada().await;
    let (phone, laptop) = (service.device().await, service.device().await);
    service.end(&phone.caller, "current", later(1)).await;
    assert_eq!(service.refused(&phone, later(2)).await, "401 session_revoked");
    assert!(service.refresh(&laptop.refresh_token, later(2)).await.is_ok());
}

#[tokio::test]
async fn an_id_ends_that_session_of_the_user() {
    let service = Service::start().await;
    service.ada().await;
    let (phone, laptop) = (service.device().await, service.device().await);
    service.end(&phone.caller, &laptop.id(), later(1)).await;
    assert_eq!(service.refused(&laptop, later(2)).await, "401 session_revoked");
    assert!(service.refresh(&phone.refresh_token, later(2)).await.is_ok());
}

#[tokio::test]
async fn all_ends_every_session_that_has_started() {
    let service = Service::start().await;
    service.ada().await;
    let devices = [service.device().await, service.device().await, service.device().await];
    service.end(&devices[0].caller, "all", later(1)).await;
    for device in &devices {
        assert_eq!(service.refused(device, later(2)).await, "401 session_revoked");
    }
    let call = Call::new(edge::Anyone, crate::read(credentials()), later(2));
    let again = users::sessions::log_in(service.sign_ins(), call).await;
    let token = refresh_token(&again.unwrap());
    assert!(service.refresh(&token, later(3)).await.is_ok(), "a later session goes on");
}

#[tokio::test]
async fn ending_an_ended_session_returns_204() {
    let service = Service::start().await;
    service.ada().await;
    let device = service.device().await;
    for which in ["current", "current", &device.id(), "all", "all"] {
        service.end(&device.caller, which, later(1)).await;
    }
    assert_eq!(service.refused(&device, later(2)).await, "401 session_revoked");
}

#[tokio::test]
async fn a_session_of_nobody_or_of_another_user_is_left_alone() {
    let service = Service::start().await;
    service.ada().await;
    let device = service.device().await;
    let eve = signed_in(UserId::from_parts(9, 9));
    service.end(&eve, &device.id(), later(1)).await;
    service.end(&eve, "all", later(1)).await;
    service.end(&device.caller, &SessionId::from_parts(9, 9).to_string(), later(1)).await;
    assert!(service.refresh(&device.refresh_token, later(2)).await.is_ok());
}

/// A stolen access token must not sign its owner out again and again.
#[tokio::test]
async fn a_session_that_has_ended_ends_no_other() {
    let service = Service::start().await;
    service.ada().await;
    let [one, two, stolen] = [service.device().await, service.device().await, service.device().await];
    service.end(&stolen.caller, "current", later(1)).await;
    service.end(&stolen.caller, "all", later(2)).await;
    service.end(&stolen.caller, &one.id(), later(2)).await;
    assert!(service.refresh(&one.refresh_token, later(3)).await.is_ok());

    service.end(&two.caller, "all", later(4)).await;
    let call = Call::new(edge::Anyone, crate::read(credentials()), later(5));
    let again = users::sessions::log_in(service.sign_ins(), call).await;
    for which in ["all", "current"] {
        service.end(&two.caller, which, later(6)).await;
    }
    assert!(service.refresh(&refresh_token(&again.unwrap()), later(7)).await.is_ok());
}

#[tokio::test]
async fn a_token_that_is_refreshed_again_is_refused_once_all_have_ended() {
    let service = Service::start().await;
    let first = service.session().await;
    let reply = service.refresh(&first, later(1)).await.unwrap();
    let caller = authorize_request(service.authorizer.clone(), bearer(&reply, later(1))).await.unwrap();
    service.end(&caller, "all", later(1)).await;
    assert_eq!(
        code(service.refresh(&first, later(1)).await),
        "401 session_revoked",
        "within the grace period"
    );
    assert_eq!(code(service.refresh(&refresh_token(&reply), later(2)).await), "401 session_revoked");
}

#[tokio::test]
async fn a_malformed_id_is_404() {
    let service = Service::start().await;
    for which in ["", "Current", "ses_1", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "*"] {
        let caller = signed_in(UserId::from_parts(0, 1));
        let call = Call::new(caller, NoBody, now()).with_path("session_id", which);
        assert_eq!(code(end_session(service.users.clone(), call).await), "404 not_found", "{which:?}");
    }
}
