//! `POST /users/me/totp/confirmation`.

use domain::events::{SecondFactorChanged, UserEvent};

use super::steps_later;
use crate::sessions::{credentials, later};
use crate::{Service, code, now};

#[tokio::test]
async fn the_first_code_completes_the_setup() {
    let service = Service::start().await;
    let user = service.ada().await;
    service.confirm_address().await;
    let caller = service.device().await.caller;
    let app = service.app(&caller).await;
    let reply = service.confirm_app(&caller, &app.code(now()), now()).await.unwrap();
    assert_eq!(reply.status(), 200);
    let codes = &reply.body().unwrap().recovery_codes;
    assert_eq!(codes.len(), 10);
    let rows = service.rows().await.join("\n");
    for code in codes {
        let code = secrecy::ExposeSecret::expose_secret(code);
        assert!(
            !rows.contains(code) && !rows.contains(&code.replace('-', "")),
            "recovery codes are not stored"
        );
    }
    assert!(!format!("{:?}", reply.body()).contains(secrecy::ExposeSecret::expose_secret(&codes[0])));
    let changed = SecondFactorChanged { user_id: user.user_id, is_required: true };
    assert!(service.events().await.contains(&UserEvent::SecondFactorChanged(changed).into()));
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 202);
    let again = service.confirm_app(&caller, &app.code(steps_later(1)), steps_later(1)).await;
    assert_eq!(code(again), "409 totp_active");
}

#[tokio::test]
async fn a_code_of_the_step_before_or_after_is_accepted_and_none_beyond() {
    for (steps, accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let service = Service::start().await;
        service.ada().await;
        service.confirm_address().await;
        let caller = service.device().await.caller;
        let app = service.app(&caller).await;
        let answer = service.confirm_app(&caller, &app.code(steps_later(steps)), now()).await;
        assert_eq!(answer.is_ok(), accepted, "{steps}");
    }
}

#[tokio::test]
async fn a_setup_is_completed_within_ten_minutes_and_with_few_tries() {
    let service = Service::start().await;
    service.ada().await;
    service.confirm_address().await;
    let caller = service.device().await.caller;
    assert_eq!(code(service.confirm_app(&caller, "000000", now()).await), "404 totp_not_enrolled");
    let app = service.app(&caller).await;
    assert_eq!(
        code(service.confirm_app(&caller, &app.code(later(10)), later(10)).await),
        "404 totp_not_enrolled"
    );
    let wrong = app.wrong_code(now());
    for tried in 2..10 {
        assert_eq!(code(service.confirm_app(&caller, &wrong, now()).await), "401 code_wrong", "{tried}");
    }
    assert_eq!(code(service.confirm_app(&caller, &app.code(now()), now()).await), "429 too_many_codes");
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn of_two_confirmations_at_once_one_succeeds() {
    let service = Service::start().await;
    service.ada().await;
    service.confirm_address().await;
    let caller = service.device().await.caller;
    let first = service.app(&caller).await.code(now());
    let (one, two) = tokio::join!(
        service.confirm_app(&caller, &first, now()),
        service.confirm_app(&caller, &first, now())
    );
    let mut codes =
        [one, two].map(|answer| answer.map_or_else(|problem| problem.code().to_owned(), |_| "ok".to_owned()));
    codes.sort();
    assert_eq!(codes, ["ok", "totp_active"], "only one of them returns recovery codes");
}
