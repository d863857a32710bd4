//! Accounts: what people type into them, and what other people see of it.

use reqwest::header;
use serde_json::{Value, json};
use tests::{Reply, Shop};

const PASSWORD: &str = "a password that nobody else has";

async fn register(shop: &Shop, email: &str, name: &str) -> Reply {
    let account = json!({ "email": email, "name": name, "password": PASSWORD });
    shop.send(shop.client().post(shop.at("/users")).json(&account)).await
}

fn pointer(reply: &Reply) -> &Value {
    &reply.body["errors"][0]["pointer"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_alikes_of_one_address_are_one_account() {
    let shop = Shop::open().await;
    assert_eq!(register(&shop, "kim@x.example", "Kim").await.status, 202);
    shop.settle().await;
    // The Kelvin sign lower-cases to a k.
    let kelvin = register(&shop, "\u{212a}im@x.example", "Kim").await;
    assert_eq!(kelvin.status, 202);
    shop.settle().await;
    assert_eq!(shop.subjects("kim@x.example"), ["Welcome to Bodega", "Choose a new password"]);
    // The dotted capital I lower-cases to two characters, of which one is not ASCII.
    let dotted = register(&shop, "\u{130}da@x.example", "Ida").await;
    assert_eq!((dotted.problem().as_str(), pointer(&dotted)), ("422 invalid_body", &json!("/email")));
    shop.settle().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_ses_would_refuse_is_not_registered() {
    let shop = Shop::open().await;
    for address in ["eve@foo_bar.com", "eve@exa!mple.com", "eve@127.0.0.1", "eve@a.b-"] {
        let reply = register(&shop, address, "Eve").await;
        assert_eq!(
            (reply.problem().as_str(), pointer(&reply)),
            ("422 invalid_body", &json!("/email")),
            "{address}"
        );
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_hides_something_is_not_registered() {
    let shop = Shop::open().await;
    for name in ["\u{200b}", "\u{3164}", "\u{2800}", "Ada \u{202e}live"] {
        let reply = register(&shop, "ada@x.example", name).await;
        assert_eq!(
            (reply.problem().as_str(), pointer(&reply)),
            ("422 invalid_body", &json!("/name")),
            "{name:?}"
        );
    }
    let joined = register(&shop, "rashid@x.example", "R\u{200c}شید").await;
    assert_eq!(joined.status, 202, "a joiner inside a word stays: {joined:?}");
    shop.settle().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_does_not_contain_the_text_of_whoever_registered_its_address() {
    let shop = Shop::open().await;
    for (number, name) in
        ["You won, see www.evil.example/win", "claim at evil-shop.example"].iter().enumerate()
    {
        let address = format!("victim-{number}@x.example");
        assert_eq!(register(&shop, &address, name).await.status, 202);
        shop.settle().await;
        let mails = shop.cloud().endpoint().mailbox().all();
        let mail = mails.iter().find(|mail| mail.to.contains(&address)).expect("the welcome mail");
        for part in [&mail.html, &mail.text] {
            let part = part.as_deref().expect("both parts");
            assert!(!part.contains("evil") && !part.contains("You won"), "{part}");
        }
    }
    shop.close().await;
}

/// Clients keep ETags by URL, and `/users/me` is everybody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_etag_of_one_persons_account_is_not_anothers() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.customer("Ada Lovelace").await, shop.customer("Bob").await);
    let me = async |token: &str, known: Option<&str>| {
        let mut request = shop.client().get(shop.at("/users/me")).bearer_auth(token);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        request.send().await.expect("a reply")
    };
    let reply = me(&ada.token, None).await;
    let etag = reply.headers()[header::ETAG].to_str().expect("ASCII").to_owned();
    assert_eq!(me(&ada.token, Some(&etag)).await.status(), 304);
    for known in [etag.as_str(), "\"1\""] {
        let reply = me(&bob.token, Some(known)).await;
        assert_eq!(reply.status(), 200, "{known}");
        let body: Value = reply.json().await.expect("JSON");
        assert_eq!(body["user_id"], json!(bob.user_id), "{known}");
    }
    shop.close().await;
}
