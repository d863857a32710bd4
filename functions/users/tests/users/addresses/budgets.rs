//! What saved addresses cost.

use serde_json::json;

use crate::Service;
use crate::addresses::{on, shipping_to};

#[tokio::test]
async fn what_is_done_with_addresses_keeps_to_its_budget() {
    let service = Service::start().await;
    let used = || service.table.used();
    let ada = service.ada().await.user_id;
    drop(used());
    service.put_address(ada, 1, shipping_to("One")).await.unwrap();
    // The account, and all addresses; account and address, twice.
    assert_eq!(used(), "2 read, 4 written: GetItem, Query, TransactWriteItems", "put-address: the first");
    service.put_address(ada, 1, json!({ "address": on("Elsewhere") })).await.unwrap();
    assert_eq!(
        used(),
        "2 read, 4 written: GetItem, Query, TransactWriteItems",
        "put-address: another street"
    );
    service.put_address(ada, 1, json!({ "address": on("Elsewhere") })).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: GetItem, Query", "put-address: the same again");
    for number in 2..=20 {
        service.put_address(ada, number, shipping_to("Another")).await.unwrap();
    }
    drop(used());
    service.addresses(ada).await;
    // The account, and twenty addresses, which are more than four kilobytes.
    assert_eq!(used(), "3 read, 0 written: GetItem, Query", "list-addresses: twenty");
    service.remove_address(ada, 20).await;
    // Account and address; both, twice.
    assert_eq!(used(), "2 read, 4 written: 2 GetItem, TransactWriteItems", "remove-address");
    service.remove_address(ada, 20).await;
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "remove-address: again");
}
