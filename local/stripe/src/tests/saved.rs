//! Customers and the payment methods that they have saved.

use super::*;

impl Client {
    async fn customer(&self, user: &str) -> String {
        let form = [("metadata[user_id]", user)];
        let (status, body, _) = self.post("/v1/customers", user, &form).await.unwrap();
        assert_eq!((status, &body["object"]), (200, &json!("customer")), "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    async fn attach(&self, token: &str, customer: &str) -> String {
        let form = [("customer", customer)];
        let path = format!("/v1/payment_methods/{token}/attach");
        let (status, body, _) = self.post(&path, "", &form).await.unwrap();
        assert_eq!((status, &body["customer"]), (200, &json!(customer)), "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    async fn saved(&self, customer: &str) -> Vec<String> {
        let path = format!("/v1/customers/{customer}/payment_methods?type=card&limit=100");
        let (_, body, _) = self.get(&path).await;
        let data = body["data"].as_array().unwrap_or_else(|| panic!("{body}"));
        data.iter().map(|method| method["card"]["last4"].as_str().unwrap().to_owned()).collect()
    }

    async fn charge(&self, form: &[(&str, &str)]) -> Answer {
        let form = [&[("amount", "3690"), ("currency", "eur")], form].concat();
        let opened = self.post("/v1/payment_intents", "", &form).await.unwrap();
        if opened.0 != 200 {
            return opened;
        }
        self.confirm(&format!("/v1/payment_intents/{}", opened.1["id"].as_str().unwrap())).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(self.http.delete(format!("{}{path}", self.gateway.url()))).await.unwrap()
    }
}

#[tokio::test]
async fn a_saved_payment_method_is_its_customers_alone() {
    let client = Client::new(None).await;
    let (ada, bob) = (client.customer("usr_ada").await, client.customer("usr_bob").await);
    assert_eq!(client.customer("usr_ada").await, ada, "the same key");
    let (visa, amex) = (client.attach("pm_card_visa", &ada).await, client.attach("pm_card_amex", &ada).await);
    assert_eq!(client.saved(&ada).await, ["8431", "4242"], "newest first");
    assert!(client.saved(&bob).await.is_empty());
    let (status, found, _) = client.get(&format!("/v1/customers/{ada}/payment_methods/{visa}")).await;
    assert_eq!((status, &found["card"]["brand"]), (200, &json!("visa")));
    for (customer, method) in [(&bob, visa.as_str()), (&ada, "pm_card_visa")] {
        let answer = client.get(&format!("/v1/customers/{customer}/payment_methods/{method}")).await;
        assert_eq!(code(&answer), (404, "resource_missing"), "{method}");
    }

    for _ in 0..2 {
        let charged = client.charge(&[("customer", &ada), ("payment_method", &visa)]).await;
        assert_eq!(charged.1["status"], "succeeded", "as often as they like");
    }
    for form in [vec![("customer", bob.as_str()), ("payment_method", &visa)], vec![("payment_method", &visa)]]
    {
        let (status, body, _) = client.charge(&form).await;
        assert_eq!((status, &body["error"]["param"]), (400, &json!("payment_method")), "{form:?}");
    }
    client.post(&format!("/v1/payment_methods/{amex}/detach"), "", &[]).await.unwrap();
    assert_eq!(client.saved(&ada).await, ["4242"]);
    let (status, body, _) = client.charge(&[("customer", &ada), ("payment_method", &amex)]).await;
    assert_eq!(status, 400);
    assert!(body["error"]["message"].as_str().unwrap().contains("may not be used again"), "{body}");
}

#[tokio::test]
async fn a_charge_saves_its_payment_method_if_it_is_to() {
    let client = Client::new(None).await;
    let ada = client.customer("usr_ada").await;
    let saving = [("customer", ada.as_str()), ("setup_future_usage", "on_session")];
    let with = |token: &'static str| [&saving[..], &[("payment_method", token)]].concat();
    assert_eq!(client.charge(&with("pm_card_chargeDeclined")).await.0, 402);
    assert!(client.saved(&ada).await.is_empty(), "a decline saves nothing");
    client.charge(&[("customer", &ada), ("payment_method", "pm_card_visa")]).await;
    assert!(client.saved(&ada).await.is_empty(), "it was not to");
    client.charge(&with("pm_card_mastercard")).await;
    assert_eq!(client.saved(&ada).await, ["4444"]);
    let asks = [&with("pm_card_authenticationRequired")[..], &[("metadata[order_id]", "ord_1")]].concat();
    assert_eq!(client.charge(&asks).await.1["status"], "requires_action");
    assert_eq!(client.saved(&ada).await.len(), 1);
    assert!(client.gateway.authenticate("ord_1", true));
    assert_eq!(client.saved(&ada).await, ["3184", "4444"]);
}

#[tokio::test]
async fn a_deleted_customer_has_nothing_any_more() {
    let data = tempfile::tempdir().unwrap();
    let client = Client::new(Some(data.path())).await;
    let ada = client.customer("usr_ada").await;
    let visa = client.attach("pm_card_visa", &ada).await;
    assert_eq!(client.gateway.customers(), ["usr_ada"]);
    let (status, deleted, _) = client.delete(&format!("/v1/customers/{ada}")).await;
    assert_eq!((status, &deleted["deleted"]), (200, &json!(true)));
    drop(client);

    let client = Client::new(Some(data.path())).await;
    assert!(client.gateway.customers().is_empty());
    assert_eq!(code(&client.delete(&format!("/v1/customers/{ada}")).await), (404, "resource_missing"));
    let of_ada = client.get(&format!("/v1/customers/{ada}/payment_methods/{visa}")).await;
    assert_eq!(code(&of_ada), (404, "resource_missing"));
    assert_eq!(client.charge(&[("payment_method", &visa)]).await.0, 400);
    let set_up = client.post("/v1/setup_intents", "", &[("customer", ada.as_str())]).await.unwrap();
    assert_eq!(code(&set_up), (400, "resource_missing"));
}

/// The customer reaches the page by the URL in `next_action`, and is led back.
#[tokio::test]
async fn a_customer_saves_a_card_on_the_page_or_goes_back() {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let client = Client::new(None).await;
    let ada = client.customer("usr_ada").await;
    for (card, led_back_as, saved) in [("none", "failed", 0), ("pm_card_visa", "succeeded", 1)] {
        let form = [("customer", ada.as_str()), ("usage", "on_session")];
        let (_, set_up, _) = client.post("/v1/setup_intents", "", &form).await.unwrap();
        let url = set_up["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
        let shown = format!("{url}&return_url=http%3A%2F%2Fshop%2Faccount%3Fa%3D%22b%22");
        let page = browser.get(&shown).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(r#"value="http://shop/account?a=&quot;b&quot;""#), "{page}");
        let (action, secret) = url.split_once("?client_secret=").unwrap();
        let answer = async |secret: &str| {
            let body = format!("card={card}&client_secret={secret}&return_url=http%3A%2F%2Fshop%2Faccount");
            browser.post(action).body(body).send().await.unwrap()
        };
        assert_eq!(answer("guessed").await.status(), 404, "whoever does not know the secret sees nothing");
        let answered = answer(secret).await;
        let id = set_up["id"].as_str().unwrap();
        let back = format!("http://shop/account?setup_intent={id}&redirect_status={led_back_as}");
        assert_eq!(
            (answered.status().as_u16(), answered.headers()["location"].to_str().unwrap()),
            (303, &*back)
        );
        assert_eq!(client.saved(&ada).await.len(), saved, "{card}");
        assert_eq!(browser.get(url).send().await.unwrap().status() == 200, card == "none");
    }
}
