//! `POST /users/me/totp/removal`.

use domain::events::{SecondFactorChanged, UserEvent};

use super::steps_later;
use crate::sessions::credentials;
use crate::{Service, code, now};

#[tokio::test]
async fn a_code_removes_the_second_factor_and_the_password_is_sufficient() {
    let service = Service::start().await;
    let (caller, app, codes) = service.ada_with_app().await;
    let removed = service.remove_app(&caller, &app.code(steps_later(1)), steps_later(1)).await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 200);
    assert_eq!(service.rows_of("second_factor").await, 0);
    let changed = SecondFactorChanged { user_id: caller.user_id, is_required: false };
    assert!(service.events().await.contains(&UserEvent::SecondFactorChanged(changed).into()));
    let again = service.remove_app(&caller, &codes[0], steps_later(2)).await;
    assert_eq!(code(again), "404 totp_not_enrolled");
    service.app(&caller).await;
}

#[tokio::test]
async fn a_recovery_code_removes_it_too_and_a_wrong_or_used_code_does_not() {
    let service = Service::start().await;
    let (caller, app, codes) = service.ada_with_app().await;
    for wrong in [app.code(now()), app.wrong_code(now()), String::new(), "AAAAA-AAAAA".to_owned()] {
        assert_eq!(code(service.remove_app(&caller, &wrong, now()).await), "401 code_wrong", "{wrong}");
    }
    service.remove_app(&caller, &codes[3], now()).await.unwrap();
}

#[tokio::test]
async fn users_with_a_role_keep_it() {
    let service = Service::start().await;
    let (caller, app, _) = service.ada_with_app().await;
    service.make_admin(caller.user_id).await;
    let refused = service.remove_app(&caller, &app.code(steps_later(1)), steps_later(1)).await;
    assert_eq!(code(refused), "409 second_factor_required");
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 202);
}
