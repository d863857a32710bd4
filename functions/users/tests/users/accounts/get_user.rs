//! `GET /users/{user_id}`.

use domain::words::id::UserId;
use domain::words::person::Role;
use edge::SignedIn;
use users::accounts::get_user;

use crate::{Service, code, of, signed_in};

#[tokio::test]
async fn an_account_is_returned_to_its_owner_and_to_admins() {
    let service = Service::start().await;
    let user = service.ada().await;
    let show = |caller: SignedIn, id: String| get_user(service.users.clone(), of(caller, id));
    for id in [user.user_id.to_string(), "me".to_owned()] {
        let reply = show(signed_in(user.user_id), id).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body()), (200, Some(&user)));
    }
    let admin = SignedIn { roles: vec![Role::Admin], ..signed_in(UserId::from_parts(0, 9)) };
    assert_eq!(show(admin, user.user_id.to_string()).await.unwrap().body(), Some(&user));
}

#[tokio::test]
async fn another_users_account_returns_404_like_a_missing_one() {
    let service = Service::start().await;
    let user = service.ada().await;
    let nobody = UserId::from_parts(0, 5);
    let eve = signed_in(UserId::from_parts(0, 6));
    let admin = SignedIn { roles: vec![Role::Admin], ..eve.clone() };
    let cases = [
        (eve.clone(), user.user_id.to_string()),
        (eve.clone(), nobody.to_string()),
        (eve.clone(), "me".to_owned()),
        (eve, "usr_not-an-id".to_owned()),
        (admin.clone(), nobody.to_string()),
        (admin, "Me".to_owned()),
    ];
    for (caller, id) in cases {
        let answer = get_user(service.users.clone(), of(caller, &id)).await;
        assert_eq!(code(answer), "404 user_not_found", "{id}");
    }
}
