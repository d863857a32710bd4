//! `GET /users/me/addresses`.

use edge::{Account, Call, NoBody};
use serde_json::{Value, json};
use users::addresses::list_addresses;

use crate::addresses::{id, on, shipping_to};
use crate::{Service, code, now, signed_in};

#[tokio::test]
async fn addresses_are_listed_by_their_ids_with_what_they_are_the_default_for() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    assert_eq!(service.addresses(ada).await, Vec::<Value>::new());
    service.put_address(ada, 2, shipping_to("Two")).await.unwrap();
    service.put_address(ada, 1, json!({ "address": on("One"), "default_billing": true })).await.unwrap();
    let shown = |number, street, shipping, billing| {
        json!({
            "address_id": id(number), "address": on(street),
            "default_shipping": shipping, "default_billing": billing,
        })
    };
    assert_eq!(service.addresses(ada).await, [shown(1, "One", false, true), shown(2, "Two", true, false)]);
}

#[tokio::test]
async fn an_account_that_is_gone_returns_404() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    service.delete(&format!("USER#{ada}"), "USER").await;
    let call = Call::new(Account(signed_in(ada)), NoBody, now());
    assert_eq!(code(list_addresses(service.users.clone(), call).await), "404 user_not_found");
}
