//! A customer waits for what is sold out.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

const SKU: &str = "SOLD-OUT";

async fn sell_out(admin: &Customer<'_>) {
    let product = json!({
        "title": "Teapot", "description": "Cast iron.", "slug": "teapot", "category": "tea", "status": "active",
        "variants": [{ "sku": SKU, "title": "Black", "price": { "amount": 4900, "currency": "EUR" } }],
    });
    assert_eq!(admin.post("/products", "teapot", &product).await.status, 201);
}

async fn deliver(admin: &Customer<'_>, delta: i64, key: &str) {
    let delivery = json!({ "delta": delta, "reason": "delivery" });
    let delivered = admin.post(&format!("/stock/{SKU}/adjustments"), key, &delivery).await;
    assert!(delivered.status < 300, "{delivered:?}");
}

async fn watch(customer: &Customer<'_>, on: bool) -> Reply {
    let request = customer.request(Method::PUT, &format!("/stock/{SKU}/watch"));
    customer.shop().send(request.json(&json!({ "on": on }))).await
}

async fn announce(shop: &Shop) {
    shop.run_schedule("announce-stock", Timestamp::now()).await;
    shop.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_what_is_sold_out_gets_one_mail_when_it_is_back() {
    let shop = Shop::open().await;
    let (admin, ada, grace) = (shop.admin().await, shop.customer("Ada").await, shop.customer("Grace").await);
    sell_out(&admin).await;
    ada.confirm_address().await;
    for customer in [&ada, &grace] {
        let watched = watch(customer, true).await;
        assert_eq!((watched.status, &watched.body), (200, &json!({ "on": true })));
    }
    let guest = shop.guest().await;
    assert_eq!(watch(&guest, true).await.problem(), "403 account_needed");

    // As often as it comes and goes within a minute.
    for (delta, key) in [(5, "first"), (-5, "gone"), (5, "second")] {
        deliver(&admin, delta, key).await;
    }
    announce(&shop).await;
    announce(&shop).await;
    let told = |customer: &Customer<'_>| {
        let mails = shop.mails(&customer.email).into_iter();
        mails.filter(|mail| mail.subject == "Back in stock").collect::<Vec<_>>()
    };
    let [mail] = &told(&ada)[..] else { panic!("one mail: {:?}", shop.subjects(&ada.email)) };
    let text = mail.text.as_deref().expect("a text part");
    assert!(text.contains("Teapot, Black"), "{text}");
    let product = shop.send(shop.client().get(shop.at("/products/teapot"))).await;
    let address = format!("/p/{}", product.body["product_id"].as_str().expect("an id"));
    assert!(text.contains(&address), "{text}");
    // Grace has not proved that the address is hers.
    assert_eq!(told(&grace).len(), 0);
    assert_eq!(watch(&ada, true).await.problem(), "409 in_stock");
    assert_eq!(shop.rows("products", "stock_watch").await, Vec::<Value>::new());
    drop((admin, ada, grace, guest));
    shop.close().await;
}
