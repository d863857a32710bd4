//! `PUT /users/me/addresses/{address_id}`.

use domain::users::address_book::MAX_ADDRESSES;
use serde_json::json;
use users::addresses::put_address::PutAddress;

use crate::addresses::{id, on, shipping_to};
use crate::{Service, code};

#[tokio::test]
async fn an_address_is_created_once_and_then_replaced() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    let created = service.put_address(ada, 1, shipping_to("One")).await.unwrap();
    assert_eq!(created.status().as_u16(), 201);
    let body = json!({
        "address_id": id(1), "address": on("One"), "default_shipping": true, "default_billing": false,
    });
    assert_eq!(json!(created.body()), body);
    let replaced = service.put_address(ada, 1, json!({ "address": on("Elsewhere") })).await.unwrap();
    assert_eq!(replaced.status().as_u16(), 200);
    let body = json!({
        "address_id": id(1), "address": on("Elsewhere"), "default_shipping": false, "default_billing": false,
    });
    assert_eq!((json!(replaced.body()), service.addresses(ada).await), (body.clone(), vec![body]));
}

#[tokio::test]
async fn the_same_again_writes_nothing() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    service.put_address(ada, 1, shipping_to("One")).await.unwrap();
    let again = service.put_address(ada, 1, shipping_to("One")).await.unwrap();
    assert_eq!(again.status().as_u16(), 200);
    assert_eq!(service.account_version(ada).await, 2);
}

#[tokio::test]
async fn a_second_default_moves_the_first() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    let both = json!({ "address": on("One"), "default_shipping": true, "default_billing": true });
    service.put_address(ada, 1, both).await.unwrap();
    service.put_address(ada, 2, shipping_to("Two")).await.unwrap();
    assert_eq!(service.defaults(ada).await, (vec![2], vec![1]));
    service.put_address(ada, 3, json!({ "address": on("Three"), "default_shipping": false })).await.unwrap();
    assert_eq!(service.defaults(ada).await, (vec![2], vec![1]), "an address clears no default but its own");
    service.put_address(ada, 2, json!({ "address": on("Two") })).await.unwrap();
    assert_eq!(service.defaults(ada).await, (vec![], vec![1]));
}

#[tokio::test]
async fn a_region_is_stored_by_its_key_and_the_same_again_is_the_same() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    let mut address = on("1 Main Street");
    for (field, value) in [("country", "US"), ("postal_code", "12207"), ("region", "New York")] {
        address[field] = json!(value);
    }
    let body = json!({ "address": address });
    for status in [201, 200] {
        let put = service.put_address(ada, 1, body.clone()).await.unwrap();
        assert_eq!(put.status().as_u16(), status);
        assert_eq!(json!(put.body())["address"]["region"], "NY");
    }
    assert_eq!(service.account_version(ada).await, 2, "the second changed nothing");
}

#[tokio::test]
async fn an_address_without_what_its_country_needs_returns_422() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    for (country, postal_code, region, problem) in [
        ("XX", "", "", "422 country_unknown"),
        ("US", "", "NY", "422 postal_code_missing"),
        ("US", "1220", "NY", "422 postal_code_invalid"),
        ("US", "12207", "", "422 region_missing"),
        ("US", "12207", "Ontario", "422 region_unknown"),
    ] {
        let mut address = on("1 Main Street");
        for (field, value) in [("country", country), ("postal_code", postal_code), ("region", region)] {
            address[field] = json!(value);
        }
        assert_eq!(code(service.put_address(ada, 1, json!({ "address": address })).await), problem);
    }
    assert_eq!(service.rows_of("address").await, 0);
}

#[tokio::test]
async fn the_twenty_first_address_returns_409_and_one_of_the_twenty_can_be_replaced() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    for number in 0..MAX_ADDRESSES.into() {
        service.put_address(ada, number, shipping_to("Street")).await.unwrap();
    }
    let next = MAX_ADDRESSES.into();
    let refused = service.put_address(ada, next, shipping_to("Street")).await;
    assert_eq!(code(refused), "409 too_many_addresses");
    assert_eq!(service.defaults(ada).await, (vec![19], vec![]), "nothing was written");
    let replaced = service.put_address(ada, 0, shipping_to("Elsewhere")).await.unwrap();
    assert_eq!(replaced.status().as_u16(), 200);
    assert_eq!(service.remove_address(ada, 1).await, 204);
    service.put_address(ada, next, shipping_to("Street")).await.unwrap();
}

/// Each sees nineteen addresses. Both write the account, so one of them looks again.
#[tokio::test]
async fn of_two_at_once_one_is_the_twentieth() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    for number in 1..MAX_ADDRESSES.into() {
        service.put_address(ada, number, json!({ "address": on("Street") })).await.unwrap();
    }
    let (one, two) = tokio::join!(
        service.put_address(ada, 20, json!({ "address": on("Street") })),
        service.put_address(ada, 21, json!({ "address": on("Street") }))
    );
    let refused = [one, two].into_iter().filter(Result::is_err).map(code).collect::<Vec<_>>();
    assert_eq!(refused, ["409 too_many_addresses"]);
    assert_eq!(service.rows_of("address").await, usize::from(MAX_ADDRESSES));
}

/// However they meet: a default is an address that is there.
#[tokio::test]
async fn an_address_that_is_removed_while_it_becomes_the_default_is_either() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    for _ in 0..8 {
        service.put_address(ada, 1, json!({ "address": on("Street") })).await.unwrap();
        let (put, removed) =
            tokio::join!(service.put_address(ada, 1, shipping_to("Street")), service.remove_address(ada, 1));
        assert!(put.unwrap().status().is_success());
        assert_eq!(removed, 204);
        let user = service.users.get(ada).await.unwrap().unwrap().value;
        let is_saved = service.rows_of("address").await == 1;
        assert_eq!(user.default_shipping.is_some(), is_saved);
        service.remove_address(ada, 1).await;
    }
}

#[tokio::test]
async fn another_user_may_draw_the_same_id() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    let eve = json!({ "email": "eve@example.com", "name": "Eve", "password": "the difference engine" });
    service.register(eve).await.unwrap();
    let eve = service.user("eve@example.com").await.user_id;
    service.put_address(ada, 1, shipping_to("Ada's")).await.unwrap();
    assert_eq!(service.put_address(eve, 1, shipping_to("Eve's")).await.unwrap().status().as_u16(), 201);
    assert_eq!(service.remove_address(eve, 1).await, 204);
    assert_eq!(service.addresses(ada).await[0]["address"]["line1"], "Ada's");
}

#[tokio::test]
async fn an_account_that_is_gone_returns_404() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    service.delete(&format!("USER#{ada}"), "USER").await;
    assert_eq!(code(service.put_address(ada, 1, shipping_to("One")).await), "404 user_not_found");
    assert_eq!(service.rows_of("address").await, 0);
}

#[test]
fn an_invalid_body_is_refused() {
    let mut reversed = on("One");
    reversed["name"] = json!("Ada\u{202e}");
    let mut incomplete = on("One");
    incomplete["city"] = json!("");
    for body in [
        json!({}),
        json!({ "address": null }),
        json!({ "address": reversed }),
        json!({ "address": incomplete }),
        json!({ "address": on("One"), "default_shipping": null }),
        json!({ "address": on("One"), "default_billing": "yes" }),
    ] {
        assert!(serde_json::from_value::<PutAddress>(body.clone()).is_err(), "{body}");
    }
}
