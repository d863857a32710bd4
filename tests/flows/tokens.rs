//! Tokens: one that is unsigned, forged or meant for another audience gives no access.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::deployment::RouteAuth;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub(crate) fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// Returns variations of a valid token, which must be refused.
fn bad_tokens(good: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (decode(parts[0]), decode(parts[1]), parts[2]);
    let changed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        format!("{}.{}.{signature}", parts[0], encode(&claims))
    };
    let mut none = header.clone();
    none["alg"] = json!("none");
    let mut hmac = header.clone();
    hmac["alg"] = json!("HS256");
    vec![
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("alg none", format!("{}.{}.", encode(&none), parts[1])),
        ("alg none with a signature", format!("{}.{}.{signature}", encode(&none), parts[1])),
        ("another algorithm", format!("{}.{}.{signature}", encode(&hmac), parts[1])),
        ("another user", changed("sub", json!("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"))),
        ("more roles", changed("roles", json!(["admin"]))),
        ("another audience", changed("aud", json!("elsewhere"))),
        ("a later end", changed("exp", json!(4_102_444_800_u64))),
        ("nonsense", "nonsense".to_owned()),
        ("nothing", String::new()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_gets_401_from_every_route_that_requires_one() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let bad = bad_tokens(&ada.token);
    let apis = shop.cloud().deployment().apis.clone();
    let mut routes_tried = 0;
    for route in apis.iter().flat_map(|api| &api.routes) {
        // A reply to HEAD has no body.
        if !matches!(route.auth, RouteAuth::Lambda(_)) || route.method == "HEAD" {
            continue;
        }
        routes_tried += 1;
        let path = route.path.replace(['{', '}'], "");
        let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
        let url = shop.at(&path);
        for (what, token) in &bad {
            let request = shop
                .client()
                .request(method.clone(), &url)
                .header("authorization", format!("Bearer {token}"));
            let reply = shop.send(request).await;
            assert!(
                reply.problem().starts_with("401 token_"),
                "{} {} with {what}: {reply:?}",
                route.method,
                route.path
            );
        }
        let without = shop.send(shop.client().request(method, &url)).await;
        assert_eq!((without.status, &without.body), (401, &json!({ "message": "Unauthorized" })), "{url}");
    }
    assert!(routes_tried >= 8, "only {routes_tried} routes require a token");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsigned_call_gets_403_from_internal_routes() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let mut routes_tried = 0;
    for api in &shop.cloud().deployment().apis {
        for route in api.routes.iter().filter(|route| route.path.starts_with("/internal/")) {
            routes_tried += 1;
            assert_eq!(route.auth, RouteAuth::Iam, "{}", route.path);
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            let url = format!("{}{}", api.endpoint, route.path.replace(['{', '}'], ""));
            for request in [
                shop.client().request(method.clone(), &url),
                shop.client().request(method, &url).bearer_auth(&admin.token),
            ] {
                let reply: Reply = shop.send(request).await;
                assert_eq!((reply.status, &reply.body), (403, &json!({ "message": "Forbidden" })), "{url}");
            }
        }
    }
    assert_eq!(routes_tried, 7, "the internal routes");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_refresh_at_the_same_time_keep_the_session() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let tabs = tokio::join!(refresh(&shop, &ada.refresh_token), refresh(&shop, &ada.refresh_token));
    let (one, other) = (newest(&tabs.0), newest(&tabs.1));
    assert_eq!(one, other, "both tabs hold the session's one valid token");
    let third = newest(&refresh(&shop, &one).await);
    assert_eq!(refresh(&shop, &ada.refresh_token).await.problem(), "401 session_revoked", "an old token");
    assert_eq!(refresh(&shop, &third).await.problem(), "401 session_revoked", "the session is revoked");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_signs_out_on_one_device_and_then_on_all() {
    let shop = Shop::open().await;
    let phone = shop.customer("Ada Lovelace").await;
    let laptop = shop.signed_in(&phone.email, "a password of eight or more").await;
    let tablet = shop.signed_in(&phone.email, "a password of eight or more").await;
    let end = async |customer: &Customer<'_>, which: &str| {
        let reply = shop.send(customer.request(Method::DELETE, &format!("/sessions/{which}"))).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    };

    let listed = phone.get("/users/me/sessions").await.body["items"].as_array().map(Vec::len);
    assert_eq!(listed, Some(3));

    end(&phone, "current").await;
    let listed = laptop.get("/users/me/sessions").await.body["items"].clone();
    let current: Vec<&Value> =
        listed.as_array().into_iter().flatten().map(|session| &session["current"]).collect();
    assert_eq!(current, [&json!(false), &json!(true)], "the tablet and the laptop: {listed}");
    assert_eq!(refresh(&shop, &phone.refresh_token).await.problem(), "401 session_revoked");
    assert_eq!(phone.get("/users/me").await.status, 200, "an access token is valid to its end");
    let laptops = newest(&refresh(&shop, &laptop.refresh_token).await);

    end(&tablet, "all").await;
    for token in [&laptops, &tablet.refresh_token] {
        assert_eq!(refresh(&shop, token).await.problem(), "401 session_revoked");
    }
    let again = shop.signed_in(&phone.email, "a password of eight or more").await;
    let token = newest(&refresh(&shop, &again.refresh_token).await);
    let eve = shop.customer("Eve").await;
    end(&eve, "all").await;
    assert_eq!(refresh(&shop, &token).await.status, 200, "another customer's sessions are others");
    shop.close().await;
}

async fn refresh(shop: &Shop, token: &str) -> Reply {
    let body = json!({ "refresh_token": token });
    shop.send(shop.client().post(shop.at("/sessions/refresh")).json(&body)).await
}

fn newest(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_address_and_a_wrong_password_get_the_same_reply() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let mut replies = Vec::new();
    for email in [ada.email.as_str(), "nobody@customers.example"] {
        let body = json!({ "email": email, "password": "not the password" });
        let mut reply = shop.send(shop.client().post(shop.at("/sessions")).json(&body)).await;
        assert_eq!(reply.problem(), "401 invalid_credentials");
        reply.body["request_id"] = Value::Null;
        replies.push(reply);
    }
    assert_eq!(replies[0], replies[1]);
    shop.close().await;
}
