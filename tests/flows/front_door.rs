//! The front door: the only way to the public routes, and what it changes in requests and replies.

use model::deployment::RouteAuth;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use tests::Shop;

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("the shop answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apis_own_address_answers_403_front_door_only() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let mut routes_tried = 0;
    for api in &shop.cloud().deployment().apis {
        for route in api.routes.iter().filter(|route| route.auth != RouteAuth::Iam && route.method != "HEAD")
        {
            routes_tried += 1;
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            let url = format!("{}{}", api.endpoint, route.path.replace(['{', '}'], ""));
            for header in [None, Some("not the secret"), Some("")] {
                let mut request = shop.client().request(method.clone(), &url).bearer_auth(&admin.token);
                if let Some(value) = header {
                    request = request.header("x-origin-verify", value);
                }
                let reply = shop.send(request).await;
                assert_eq!(reply.problem(), "403 front_door_only", "{method} {url} with {header:?}");
            }
        }
    }
    assert!(routes_tried >= 14, "only {routes_tried} routes");
    // The gateway remembers this of the token for a minute. It is no reason to sign in again, so it is not a 401.
    assert_eq!(admin.get("/orders").await.problem(), "403 front_door_only");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_gateway_remembers_does_not_open_an_apis_own_address() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    assert_eq!(ada.get("/orders").await.status, 200);
    let apis = &shop.cloud().deployment().apis;
    let orders = apis.iter().find(|api| api.service == "orders").expect("the API");
    let direct = shop.client().get(format!("{}/orders", orders.endpoint)).bearer_auth(&ada.token);
    assert_eq!(shop.send(direct).await.problem(), "403 front_door_only");
    assert_eq!(ada.get("/orders").await.status, 200);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_of_no_service_and_internal_ones_are_not_found() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let contact = format!("/internal/users/{}/contact", admin.user_id);
    for (method, path) in [
        (Method::GET, contact.clone()),
        (Method::HEAD, contact.clone()),
        (Method::GET, contact.replacen("internal", "%69nternal", 1)),
        (Method::GET, format!("/{contact}")),
        (Method::POST, "/internal/reservations".to_owned()),
        (Method::GET, "/internal".to_owned()),
        (Method::POST, "/".to_owned()),
        (Method::GET, "/index.html".to_owned()),
        (Method::GET, "/.well-known/other".to_owned()),
    ] {
        let reply = sent(admin.request(method.clone(), &path)).await;
        assert_eq!(reply.status(), 404, "{method} {path}");
        // The front door's own: an API's reply has its request id.
        assert!(!reply.headers().contains_key("apigw-requestid"), "{method} {path}");
        if method != Method::HEAD {
            let body: serde_json::Value = reply.json().await.expect("JSON");
            assert_eq!(body, json!({ "message": "Not Found" }), "{method} {path}");
        }
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_have_paths_of_their_own_and_their_own_headers() {
    let shop = Shop::open().await;
    for path in ["/", "/p/espresso-cup", "/order/ord_1", "/account/orders", "/confirm-email", "/find?q=cup"] {
        let page = sent(shop.client().get(shop.at(path))).await;
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        let policy = page.headers()["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'self'; script-src 'self' https://js.stripe.com;"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    }
    let missing = sent(shop.client().get(shop.at("/nothing")).header("accept", "text/html")).await;
    assert_eq!(
        (missing.status().as_u16(), &missing.headers()["content-type"]),
        (404, &"text/html; charset=utf-8".parse().expect("a value"))
    );
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_has_the_headers_of_get_and_no_body() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    for path in [
        "/products",
        "/products/espresso-cup",
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/orders",
        "/users/me",
    ] {
        let (get, head) =
            (sent(ada.request(Method::GET, path)).await, sent(ada.request(Method::HEAD, path)).await);
        assert_eq!((get.status().as_u16(), head.status().as_u16()), (200, 200), "{path}");
        for name in ["content-type", "cache-control", "etag", "vary"] {
            assert_eq!(get.headers().get(name), head.headers().get(name), "{name} of {path}");
        }
        assert_eq!(head.bytes().await.expect("a reply").len(), 0, "{path}");
    }
    let known = sent(ada.request(Method::GET, "/users/me")).await.headers()["etag"].clone();
    let unchanged = sent(ada.request(Method::HEAD, "/users/me").header("if-none-match", known)).await;
    assert_eq!(unchanged.status(), 304);
    let missing = sent(ada.request(Method::HEAD, "/products/no-such-product")).await;
    assert_eq!(missing.status(), 404);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cacheable_reply_varies_by_origin() {
    let shop = Shop::open().await;
    for path in
        ["/products", "/products/espresso-cup", "/.well-known/jwks.json", "/.well-known/openid-configuration"]
    {
        let plain = sent(shop.client().get(shop.at(path))).await;
        let page = sent(shop.client().get(shop.at(path)).header("origin", shop.at(""))).await;
        for reply in [&plain, &page] {
            assert_eq!(reply.status(), 200, "{path}");
            assert_eq!(reply.headers()["vary"], "origin", "{path}");
        }
        assert!(!plain.headers().contains_key("access-control-allow-origin"));
        assert_eq!(page.headers()["access-control-allow-origin"], shop.at("").as_str());
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tracking_parameters_of_the_catalogue_stay_at_the_front_door() {
    let shop = Shop::open().await;
    let plain = shop.send(shop.client().get(shop.at("/products?limit=3"))).await;
    let tracked = shop.send(shop.client().get(shop.at("/products?utm_source=x&limit=3&fbclid=y"))).await;
    assert_eq!((tracked.status, &tracked.body), (200, &plain.body));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_401_has_its_challenge_under_the_gateways_name() {
    let shop = Shop::open().await;
    let wrong = json!({ "email": "nobody@customers.example", "password": "not the password" });
    let refused = sent(shop.client().post(shop.at("/sessions")).json(&wrong)).await;
    let forged = sent(shop.client().get(shop.at("/users/me")).bearer_auth("a.b.c")).await;
    for (reply, challenge) in [(refused, "Bearer"), (forged, "Bearer error=\"invalid_token\"")] {
        assert_eq!(reply.status(), 401);
        assert_eq!(reply.headers()["x-amzn-remapped-www-authenticate"], challenge);
        assert!(!reply.headers().contains_key("www-authenticate"));
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ins_gets_429_long_before_it_could_occupy_the_account() {
    let shop = Shop::unstocked().await;
    let apis = &shop.cloud().deployment().apis;
    let users = apis.iter().find(|api| api.service == "users").expect("the API");
    for key in ["POST /sessions", "POST /users"] {
        let mut routes = users.routes.iter();
        let route =
            routes.find(|route| format!("{} {}", route.method, route.path) == key).expect("the route");
        let throttling = route.throttling.expect("a limit");
        assert!(throttling.rate <= 50.0 && throttling.burst <= 100, "{key}: {throttling:?}");
    }
    // A body that is refused before a password is hashed, so that the bucket empties faster than it fills.
    let flood = (0..300).map(|_| sent(shop.client().post(shop.at("/sessions")).body("{")));
    let replies = futures::future::join_all(flood).await;
    let refused = replies.iter().filter(|reply| reply.status() == 429).count();
    assert!(refused > 0, "300 sign-ins at once were all processed");
    assert!(replies.iter().all(|reply| [400, 429].contains(&reply.status().as_u16())));
    shop.close().await;
}
