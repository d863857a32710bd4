//! `GET /internal/users/{user_id}/contact`.

use domain::words::id::UserId;
use edge::{Call, NoBody, Service as ServiceRole};
use users::accounts::get_contact;

use crate::{Service, code, now};

#[tokio::test]
async fn a_service_gets_the_name_and_address_of_a_user() {
    let service = Service::start().await;
    let user = service.ada().await;
    let ask = |id: String| {
        let caller =
            ServiceRole { arn: "arn:aws:sts::000000000000:assumed-role/send-notification/1".to_owned() };
        get_contact(service.users.clone(), Call::new(caller, NoBody, now()).with_path("user_id", id))
    };
    let reply = ask(user.user_id.to_string()).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "name": "Ada Lovelace",
      "email": "ada@example.com",
      "locale": "en"
    }
    "#);
    assert_eq!(code(ask(UserId::from_parts(0, 5).to_string()).await), "404 user_not_found");
    assert_eq!(code(ask("me".to_owned()).await), "404 not_found");
}
