//! Further attempts, customers who confirm with their bank, and what the shop is told.

use super::*;

#[tokio::test]
async fn a_declined_intent_takes_another_payment_method_and_is_confirmed_again() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_visa_chargeDeclined").await;
    assert_eq!(client.confirm(&intent).await.0, 402);
    let form = [("payment_method", "pm_card_visa"), ("metadata[attempt_id]", "att_2")];
    let (status, updated, _) = client.post(&intent, "prepare", &form).await.unwrap();
    assert_eq!((status, &updated["status"]), (200, &json!("requires_confirmation")));
    assert_eq!(
        (&updated["metadata"]["attempt_id"], &updated["metadata"]["order_id"]),
        (&json!("att_2"), &json!("ord_1"))
    );
    let unknown = client.post(&intent, "", &[("payment_method", "pm_card_unheardOf")]).await.unwrap();
    assert_eq!(code(&unknown), (400, "resource_missing"));
    assert_eq!(client.confirm(&intent).await.1["status"], "succeeded");
    assert!(client.post(&intent, "prepare", &form).await.unwrap().2, "its key repeats the response");
    let late = client.post(&intent, "", &form).await.unwrap();
    assert_eq!(code(&late), (400, "payment_intent_unexpected_state"));
    assert_eq!((client.only().successful_charges, client.gateway.holds("eur")), (1, 3_690));
}

#[tokio::test]
async fn refunds_are_listed_by_intent() {
    let client = Client::new(None).await;
    let (paid, other) = (client.intent("pm_card_visa").await, client.intent("pm_card_visa").await);
    client.confirm(&paid).await;
    let id = paid.rsplit('/').next().unwrap();
    for amount in ["100", "200"] {
        let form = [("payment_intent", id), ("amount", amount), ("metadata[refund_id]", amount)];
        assert_eq!(client.post("/v1/refunds", "", &form).await.unwrap().0, 200);
    }
    let (_, list, _) = client.get(&format!("/v1/refunds?payment_intent={id}&limit=100")).await;
    let mut amounts: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|refund| refund["amount"].as_i64()).collect();
    amounts.sort_unstable();
    assert_eq!((amounts, &list["has_more"]), (vec![Some(100), Some(200)], &json!(false)));
    let other = other.rsplit('/').next().unwrap();
    let (_, none, _) = client.get(&format!("/v1/refunds?payment_intent={other}")).await;
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn what_is_captured_of_a_disputed_card_is_disputed_after_the_last_capture() {
    let client = Client::new(None).await;
    let form = [
        ("amount", "3690"),
        ("currency", "eur"),
        ("payment_method", "pm_card_createDispute"),
        ("payment_method_types[0]", "card"),
        ("payment_method_options[card][request_multicapture]", "if_available"),
        ("capture_method", "manual"),
        ("confirm", "false"),
    ];
    let (status, intent, _) = client.post("/v1/payment_intents", "", &form).await.unwrap();
    assert_eq!(status, 200, "{intent}");
    let intent = format!("/v1/payment_intents/{}", intent["id"].as_str().unwrap());
    assert_eq!(client.confirm(&intent).await.1["status"], "requires_capture");
    let disputed = async || {
        let (_, listed, _) = client.get("/v1/disputes?created[gte]=1&limit=100").await;
        let disputes = listed["data"].as_array().unwrap().iter().map(|dispute| dispute["amount"].as_i64());
        disputes.collect::<Vec<_>>()
    };
    for (amount, is_last, expected) in [("1000", "false", vec![]), ("690", "true", vec![Some(1_690)])] {
        let form = [("amount_to_capture", amount), ("final_capture", is_last)];
        let (status, captured, _) = client.post(&format!("{intent}/capture"), "", &form).await.unwrap();
        assert_eq!(status, 200, "{captured}");
        assert_eq!(disputed().await, expected, "{captured}");
    }
}

/// The customer reaches the page by the URL in `next_action`, and is led back.
#[tokio::test]
async fn a_customer_confirms_on_the_page_fails_or_goes_back() {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (outcome, status, led_back_as) in [
        ("authenticate", "succeeded", "succeeded"),
        ("fail", "requires_payment_method", "failed"),
        ("abandon", "requires_action", "pending"),
    ] {
        let client = Client::new(None).await;
        let intent = client.intent("pm_card_authenticationRequired").await;
        let form = [("return_url", "http://127.0.0.1:1/order/ord_1")];
        let (_, confirmed, _) = client.post(&format!("{intent}/confirm"), "", &form).await.unwrap();
        let url = confirmed["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
        let page = browser.get(url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("36.90 EUR"), "{page}");
        let (action, secret) = url.split_once("?client_secret=").unwrap();
        let wrong =
            browser.post(action).body(format!("outcome={outcome}&client_secret=guessed")).send().await;
        assert_eq!(wrong.unwrap().status(), 404, "whoever does not know the secret sees nothing");
        let body = format!("outcome={outcome}&client_secret={secret}");
        let answered = browser.post(action).body(body).send().await.unwrap();
        let id = intent.rsplit('/').next().unwrap();
        let back =
            format!("http://127.0.0.1:1/order/ord_1?payment_intent={id}&redirect_status={led_back_as}");
        assert_eq!(
            (answered.status().as_u16(), answered.headers()["location"].to_str().unwrap()),
            (303, &*back)
        );
        assert_eq!(client.only().status, status, "{outcome}");
        let seen_again = browser.get(url).send().await.unwrap().status();
        assert_eq!(seen_again == 200, outcome == "abandon", "{outcome}");
    }
}

/// The signature and the body of a webhook that was taken.
type Taken = tokio::sync::mpsc::UnboundedSender<(String, String)>;

async fn take(
    axum::extract::State(taken): axum::extract::State<Taken>,
    headers: http::HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    taken.send((signature, body)).unwrap();
    StatusCode::NO_CONTENT
}

#[tokio::test]
async fn every_change_is_reported_with_a_signature() {
    let (sender, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
    let shop = axum::Router::new().route("/webhooks/stripe", axum::routing::post(take)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, shop).await.unwrap() });

    let client = Client::new(None).await;
    let lost = client.intent("pm_card_visa").await;
    client.gateway.send_webhooks(Some(Endpoint { url, secret: "whsec_1".to_owned() }));
    client.confirm(&lost).await;
    let declined = client.intent("pm_card_visa_chargeDeclined").await;
    client.confirm(&declined).await;
    client.post(&format!("{declined}/cancel"), "", &[]).await.unwrap();
    let form = [("payment_intent", lost.rsplit('/').next().unwrap())];
    client.post("/v1/refunds", "", &form).await.unwrap();
    let asks = client.intent("pm_card_authenticationRequired").await;
    client.confirm(&asks).await;
    assert!(client.gateway.authenticate("ord_1", true));
    let mut kinds = Vec::new();
    for _ in 0..8 {
        let (signature, body) = taken.recv().await.unwrap();
        let event: Value = serde_json::from_str(&body).unwrap();
        let (time, _) = signature.strip_prefix("t=").unwrap().split_once(',').unwrap();
        let at = jiff::Timestamp::from_second(time.parse().unwrap()).unwrap();
        assert_eq!(signature, crate::signature("whsec_1", at, &body));
        assert_eq!((&event["livemode"], &event["object"]), (&json!(false), &json!("event")));
        kinds.push(event["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "payment_intent.canceled",
            "payment_intent.created",
            "payment_intent.created",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
            "payment_intent.succeeded",
            "refund.created",
        ]
    );
}
