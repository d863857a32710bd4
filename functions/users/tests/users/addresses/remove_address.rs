//! `DELETE /users/me/addresses/{address_id}`.

use serde_json::{Value, json};

use crate::Service;
use crate::addresses::{on, shipping_to};

#[tokio::test]
async fn a_removed_address_is_the_default_no_more_and_removing_it_again_is_the_same() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    let both = json!({ "address": on("One"), "default_shipping": true, "default_billing": true });
    service.put_address(ada, 1, both).await.unwrap();
    service.put_address(ada, 2, shipping_to("Two")).await.unwrap();
    assert_eq!(service.remove_address(ada, 2).await, 204);
    assert_eq!(service.defaults(ada).await, (vec![], vec![1]));
    let version = service.account_version(ada).await;
    assert_eq!(service.remove_address(ada, 2).await, 204);
    assert_eq!(service.account_version(ada).await, version);
    assert_eq!(service.remove_address(ada, 1).await, 204);
    assert_eq!(service.addresses(ada).await, Vec::<Value>::new());
    let user = service.users.get(ada).await.unwrap().unwrap().value;
    assert_eq!((user.default_shipping, user.default_billing), (None, None));
}

#[tokio::test]
async fn what_is_not_there_is_removed_already() {
    let service = Service::start().await;
    let ada = service.ada().await.user_id;
    assert_eq!(service.remove_address(ada, 1).await, 204);
    service.delete(&format!("USER#{ada}"), "USER").await;
    assert_eq!(service.remove_address(ada, 1).await, 204, "nor is the account");
}
