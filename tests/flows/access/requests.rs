//! A complete and valid request to each operation, so that nothing but the caller's authority decides.

use std::cell::RefCell;
use std::collections::HashMap;

use dev::seed::{ADMIN, first_order};
use domain::words::id::{AddressId, LinkTokenId};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::App;
use tests::contract::access::Caller;
use tests::contract::routes::Route;
use tests::{guests_order, webhook};

use super::callers::Callers;

pub struct Request {
    pub path: String,
    body: Option<Value>,
    idempotency_key: String,
    /// The secret of the endpoint that takes signed bodies.
    webhook_secret: Option<String>,
}

impl Request {
    pub fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("idempotency-key", &self.idempotency_key).header("if-match", "*");
        match (&self.body, &self.webhook_secret) {
            (Some(body), Some(secret)) => {
                let signature = stripe::signature(secret, Timestamp::now(), &body.to_string());
                request.header("stripe-signature", signature).json(body)
            }
            (Some(body), None) => request.json(body),
            (None, _) => request,
        }
    }
}

/// Makes requests. The resources in their paths are the owner's.
pub struct Requests<'c> {
    callers: &'c Callers<'c>,
    order_id: String,
    payment_id: String,
    product_id: String,
    import_id: String,
    shipment_id: String,
    invoice_number: String,
    link_id: String,
    /// The callers' apps, by user.
    apps: RefCell<HashMap<String, App>>,
    made: u32,
    to_confirm: Option<String>,
}

impl<'c> Requests<'c> {
    pub async fn of(callers: &'c Callers<'c>) -> Self {
        let order = callers.owner.order_and_settle("pm_card_visa").await;
        let id = |name: &str| order[name].as_str().unwrap_or_else(|| panic!("{name} of {order}")).to_owned();
        let token = callers.shop.link_token(&callers.owner.email, "/confirm-email");
        let (link_id, _) = token.split_once('.').expect("an id and a secret");
        let (order_id, payment_id) = (id("order_id"), id("payment_id"));
        let product = callers.owner.get("/products/espresso-cup").await.body;
        let product_id = product["product_id"].as_str().expect("an id").to_owned();
        let file = json!({ "format": "csv", "bytes": 1, "sha256": "0a".repeat(32) });
        let import = callers.admin.post("/admin/catalogue/imports", "access", &file).await.body;
        let import_id = import["import_id"].as_str().expect("an id").to_owned();
        let shipments = format!("/admin/orders/{order_id}/shipments");
        let shipment = callers.admin.post(&shipments, "access", &json!({ "carrier": "Correos" })).await.body;
        let shipment_id = shipment["shipment_id"].as_str().expect("an id").to_owned();
        let invoice_number = shipment["invoice_number"].as_str().expect("a number").to_owned();
        let apps = RefCell::default();
        Self {
            callers,
            order_id,
            payment_id,
            product_id,
            import_id,
            shipment_id,
            invoice_number,
            link_id: link_id.to_owned(),
            apps,
            made: 0,
            to_confirm: None,
        }
    }

    /// Makes the next request to an operation, one that succeeds if `is_granted`.
    pub async fn of_operation(&mut self, route: &Route, caller: Caller, is_granted: bool) -> Request {
        self.made += 1;
        let number = self.made;
        let order_id = match &*route.operation {
            "cancel-order" if is_granted => self.order("pm_card_authenticationRequired").await.0,
            "cancel-lines"
            | "create-shipment"
            | "refund-order"
            | "resend-confirmation"
            | "request-return"
                if is_granted =>
            {
                self.order("pm_card_visa").await.0
            }
            _ => self.order_id.clone(),
        };
        let return_id = match &*route.operation {
            "decide-return" if is_granted => self.asked_for_return(number, "defect").await,
            "receive-return" if is_granted => self.asked_for_return(number, "withdrawal").await,
            _ => "rtn_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        };
        let payment_id = match &*route.operation {
            "get-payment-action" if is_granted => self.payment_to_confirm().await,
            "retry-payment" if is_granted => self.order("pm_card_visa_chargeDeclined").await.1,
            _ => self.payment_id.clone(),
        };
        let saved_method = match &*route.operation {
            "remove-payment-method" | "verify-payment-method" if is_granted => {
                self.callers.owner.save_card("pm_card_visa").await
            }
            _ => "pm_card_visa".to_owned(),
        };
        let slug = format!("category-{number}");
        if route.operation == "remove-category" && is_granted {
            self.put_category(&slug).await;
        }
        let path = route
            .path
            .replace("{user_id}", &self.callers.owner.user_id)
            .replace("{order_id}", &order_id)
            .replace("{shipment_id}", &self.shipment_id)
            .replace("{number}", &self.invoice_number)
            .replace("{return_id}", &return_id)
            .replace("{payment_id}", &payment_id)
            .replace("{payment_method}", &saved_method)
            // Each puts a new variant; the one that is priced, and whose stock is adjusted, is there.
            .replace("{product_id}/variants/{sku}", &format!("{{product_id}}/variants/NEW-{number}"))
            .replace("{product_id}", &self.product_id)
            .replace("{import_id}", &self.import_id)
            .replace("{slug}", &slug)
            .replace("{kind}/{id}", &format!("flag/flag-{number}"))
            .replace("{kind}", "flag")
            .replace("{code}", &format!("CODE-{number}"))
            .replace("{sku}", "CUP-BLUE")
            .replace("{token_id}", &self.link_id)
            // A new one each time: saving it is granted with 201.
            .replace("{address_id}", &AddressId::from_parts(0, number.into()).to_string())
            .replace("{email}", &format!("invited-{number}@customers.example"))
            // Nobody's, since the callers need theirs.
            .replace("{session_id}", "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert!(
            !path.contains('{'),
            "{}: a value for its path, in tests/flows/access/requests.rs",
            route.operation
        );
        let body = match &*route.operation {
            "confirm-email" | "reset-password" | "accept-invitation" | "open-order-link" => {
                Some(self.link(&route.operation, is_granted).await)
            }
            operation => self.body(operation, caller, number).await,
        };
        // It finds nothing without a question.
        let path = match &*route.operation {
            "find-orders" => format!("{path}?queue=to_ship"),
            "find-users" => format!("{path}?role=staff"),
            "find-products" => format!("{path}?status=draft"),
            "list-stock" => format!("{path}?low=true"),
            "show-ledger" => format!("{path}?month=2026-11"),
            "export-catalogue" => format!("{path}?format=csv"),
            _ => path,
        };
        let is_webhook = route.operation == "receive-stripe-event";
        let webhook_secret = self.callers.shop.cloud().webhooks().filter(|_| is_webhook);
        let webhook_secret = webhook_secret.map(|endpoint| endpoint.secret.clone());
        Request { path, body, idempotency_key: format!("access-{number}"), webhook_secret }
    }

    async fn body(&self, operation: &str, caller: Caller, number: u32) -> Option<Value> {
        let owner = &self.callers.owner;
        let credentials = json!({ "email": owner.email, "password": "a password of eight or more" });
        match operation {
            "get-user"
            | "get-contact"
            | "get-link"
            | "get-jwks"
            | "get-discovery"
            | "get-product"
            | "find-users"
            | "list-audit"
            | "export-user"
            | "list-products"
            | "search-products"
            | "find-products"
            | "show-product"
            | "list-stock"
            | "list-stock-movements"
            | "get-price-history"
            | "get-import"
            | "export-catalogue"
            | "list-categories"
            | "remove-category"
            | "get-cart"
            | "merge-cart"
            | "list-settings"
            | "list-promotions"
            | "show-shop"
            | "get-order"
            | "get-invoice"
            | "list-orders"
            | "find-orders"
            | "get-payment"
            | "get-payment-action"
            | "find-disputes"
            | "list-payouts"
            | "list-returns"
            | "show-ledger"
            | "cancel-order"
            | "resend-confirmation"
            | "end-session"
            | "list-sessions"
            | "list-addresses"
            | "remove-address" => None,
            "set-up-payment-method"
            | "list-payment-methods"
            | "remove-payment-method"
            | "verify-payment-method" => None,
            "retry-payment" => Some(json!({ "payment_method": "pm_card_visa" })),
            "receive-stripe-event" => {
                let id = format!("evt_{number}");
                Some(webhook::event(&id, "payment_intent.succeeded", &self.payment_id))
            }
            "register-user" => Some(json!({
                "email": format!("caller-{number}@customers.example"), "name": "A Caller", "password": "a password of eight or more",
            })),
            "change-password" => {
                let current = password_of(caller);
                Some(json!({ "current_password": current, "new_password": current }))
            }
            "set-email" => Some(json!({
                "email": format!("caller-{number}@another.example"), "password": password_of(caller),
            })),
            "put-staff" => Some(json!({ "roles": ["staff"] })),
            "enroll-totp" => {
                if let Some(customer) = self.callers.customer(caller) {
                    customer.confirm_address().await;
                }
                Some(json!({ "password": password_of(caller) }))
            }
            "confirm-totp" => Some(json!({ "code": self.first_code(caller).await })),
            "remove-totp" => Some(json!({ "code": self.next_code(caller) })),
            "complete-log-in" => {
                let (password, customer) = (
                    "a password of eight or more",
                    self.callers.shop.customer(&format!("App {number}")).await,
                );
                let app = customer.set_up_app(password).await;
                let challenge = self.callers.shop.challenge(&customer.email, password).await;
                Some(json!({ "challenge": challenge, "code": app.next_code() }))
            }
            "put-address" => Some(json!({ "address": first_order("pm_card_visa")["shipping_address"] })),
            // Their accounts are needed.
            "request-erasure" => Some(json!({ "cancel": true })),
            "update-user" => Some(json!({ "locale": "de-AT" })),
            "request-password-reset" => Some(json!({ "email": owner.email })),
            "log-in" => Some(credentials),
            "refresh-session" if caller == Caller::RefreshedAway => {
                Some(json!({ "refresh_token": self.callers.ended_refresh_token }))
            }
            "refresh-session" => {
                let session = self.callers.shop.signed_in(&owner.email, "a password of eight or more").await;
                Some(json!({ "refresh_token": session.refresh_token }))
            }
            "create-product" => Some(json!({
                "title": "A product", "description": "", "slug": format!("product-{number}"), "category": "tools",
                "status": "active", "variants": [{
                    "sku": format!("SKU-{number}"), "title": "One", "price": { "amount": 100, "currency": "EUR" },
                }],
            })),
            "update-product" => Some(json!({ "description": format!("Changed {number} times.") })),
            "put-variant" => Some(json!({ "title": "New", "price": { "amount": 100, "currency": "EUR" } })),
            "watch-stock" => Some(json!({ "on": false })),
            "set-stock-policy" => Some(json!({ "low_at": number })),
            "put-category" => Some(json!({ "title": format!("Category {number}") })),
            "put-cart-line" => Some(json!({ "quantity": 1 })),
            "update-cart" => Some(json!({ "note": format!("Note {number}") })),
            "put-setting" => Some(json!({ "on": true })),
            "put-promotion" => {
                Some(json!({ "rule": { "type": "free_shipping", "from": "2026-01-01T00:00:00Z" } }))
            }
            "change-price" => Some(json!({ "price": { "amount": 1000 + number, "currency": "EUR" } })),
            "add-image" => Some(json!({
                "content_type": "image/png", "bytes": number, "sha256": "0a".repeat(32), "alt": "A picture",
            })),
            "create-import" => Some(json!({ "format": "csv", "bytes": number, "sha256": "0a".repeat(32) })),
            "create-shipment" => Some(json!({ "carrier": "Correos" })),
            "cancel-lines" => Some(json!({
                "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken.",
            })),
            "add-note" => Some(json!({ "text": format!("Note {number}") })),
            "refund-order" => {
                Some(json!({ "amount": { "amount": 1, "currency": "EUR" }, "reason": "a scratch" }))
            }
            "request-return" => Some(json!({ "kind": "withdrawal", "confirm": true })),
            "decide-return" => Some(json!({ "accepted": true })),
            "receive-return" => Some(json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 1 }] })),
            "update-shipment" => Some(json!({ "tracking_number": format!("JD{number}") })),
            "adjust-stock" => Some(json!({ "delta": 1, "reason": "one more" })),
            "place-order" => Some(guests_order(&format!("guest-{number}@customers.example"))),
            "check-out" => Some(self.checkout(caller, number).await),
            "start-guest-session" => Some(json!({ "locale": "de" })),
            "declare-withdrawal" => Some(json!({
                "name": "A Caller", "order_number": format!("NO-{number}"),
                "email": format!("declaring-{number}@customers.example"),
            })),
            "look-up-order" => Some(json!({
                "number": format!("NO-{number}"), "email": format!("looking-{number}@customers.example"),
            })),
            "compare-contact" => Some(json!({
                "number": format!("NO-{number}"), "email": owner.email,
                "wanted": { "link": { "token_id": LinkTokenId::from_parts(0, number.into()) } },
            })),
            "keep-contact" => Some(json!({ "name": "A Guest", "email": "guest@customers.example" })),
            "quote-lines" => Some(json!({ "skus": ["CUP-BLUE"] })),
            "reserve-stock" => Some(json!({
                "order_id": self.order_id, "currency": "EUR",
                "lines": first_order("pm_card_visa")["lines"],
            })),
            unknown => panic!("{unknown}: a body for it, in tests/flows/access/requests.rs"),
        }
    }

    /// Begins to set up the caller's app, and returns its first code.
    async fn first_code(&self, caller: Caller) -> String {
        let Some(customer) = self.callers.customer(caller) else { return "000000".to_owned() };
        let app = customer.enroll(password_of(caller)).await;
        let code = app.code();
        self.apps.borrow_mut().insert(customer.user_id.clone(), app);
        code
    }

    fn next_code(&self, caller: Caller) -> String {
        let customer = self.callers.customer(caller);
        let code = customer.and_then(|customer| Some(self.apps.borrow().get(&customer.user_id)?.next_code()));
        code.unwrap_or_else(|| "000000".to_owned())
    }

    /// Returns the body of an operation that takes a link from a mail, which works if `is_granted`.
    async fn link(&self, operation: &str, is_granted: bool) -> Value {
        let password = "a password of eight or more";
        if !is_granted {
            return json!({ "token": "tok_01ARZ3NDEKTSV4RRFFQ69G5FAV.AAAA", "password": password, "name": "Nobody" });
        }
        let shop = self.callers.shop;
        if operation == "accept-invitation" {
            let email = format!("accepting-{}@customers.example", self.made);
            let invite = self.callers.admin.request(Method::PUT, &format!("/admin/users/staff/{email}"));
            assert_eq!(shop.send(invite.json(&json!({ "roles": ["staff"] }))).await.status, 200);
            shop.settle().await;
            let token = shop.link_token(&email, "accept-invitation");
            return json!({ "token": token, "name": "Invited", "password": password });
        }
        if operation == "open-order-link" {
            return json!({ "token": self.order_link().await });
        }
        let customer = shop.customer(&format!("Link {}", self.made)).await;
        if operation == "confirm-email" {
            shop.settle().await;
            return json!({ "token": shop.link_token(&customer.email, "confirm-email") });
        }
        let forgotten =
            shop.client().post(shop.at("/password-resets")).json(&json!({ "email": customer.email }));
        assert_eq!(shop.send(forgotten).await.status, 202);
        shop.settle().await;
        json!({ "token": shop.link_token(&customer.email, "reset-password"), "password": password })
    }

    /// Places an order of a guest, and returns the token of a link to it.
    async fn order_link(&self) -> String {
        let (shop, email) = (self.callers.shop, format!("looking-up-{}@customers.example", self.made));
        let order = shop.guest().await.post("/orders", "first", &guests_order(&email)).await;
        assert_eq!(order.status, 201, "{order:?}");
        let known = json!({ "number": order.body["number"], "email": email });
        let asked = shop.send(shop.client().post(shop.at("/orders/lookup")).json(&known)).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        shop.settle().await;
        shop.link_token(&email, "/order-lookup")
    }

    /// Fills the caller's cart, and returns the request that orders it.
    async fn checkout(&self, caller: Caller, number: u32) -> Value {
        let customer = match caller {
            Caller::Guest => Some(&self.callers.guest),
            Caller::RefreshedAway => Some(&self.callers.owner),
            caller => self.callers.customer(caller),
        };
        if let Some(customer) = customer {
            let address = json!({ "shipping_address": first_order("pm_card_visa")["shipping_address"] });
            let fill = customer.request(Method::PUT, "/cart/lines/CUP-BLUE").json(&json!({ "quantity": 1 }));
            for request in [fill, customer.request(Method::PATCH, "/cart").json(&address)] {
                let filled = self.callers.shop.send(request).await;
                assert_eq!(filled.status, 200, "{filled:?}");
            }
        }
        let shown = match customer {
            Some(customer) => customer.get("/cart").await.body["quote"]["total"].clone(),
            None => json!({ "amount": 1450, "currency": "EUR" }),
        };
        let mut body = guests_order(&format!("guest-{number}@customers.example"));
        json!({ "expected_total": shown, "payment_method": "pm_card_visa", "contact": body["contact"].take() })
    }

    /// Adds a category, to be removed.
    async fn put_category(&self, slug: &str) {
        let shop = self.callers.shop;
        let path = format!("/admin/catalogue/categories/{slug}");
        let request = self.callers.admin.request(Method::PUT, &path).json(&json!({ "title": slug }));
        let added = shop.send(request).await;
        assert_eq!(added.status, 200, "{added:?}");
    }

    /// Places an order of the owner's, and returns its id and that of its payment.
    async fn order(&self, payment_method: &str) -> (String, String) {
        let key = format!("unpaid-{}", self.made);
        let placed = self.callers.owner.order(&key, payment_method).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.callers.shop.settle().await;
        let id = |name: &str| placed.body[name].as_str().expect("an id").to_owned();
        (id("order_id"), id("payment_id"))
    }

    /// Returns the return that the owner of a shipped order has asked for.
    async fn asked_for_return(&self, number: u32, kind: &str) -> String {
        let order = self.order("pm_card_visa").await.0;
        let (key, parcel) = (format!("returned-{number}"), json!({ "carrier": "Correos" }));
        let shipments = format!("/admin/orders/{order}/shipments");
        let shipped = self.callers.admin.post(&shipments, &key, &parcel).await;
        assert_eq!(shipped.status, 201, "{shipped:?}");
        let request = json!({ "kind": kind, "confirm": true });
        let returned = self.callers.owner.post(&format!("/orders/{order}/returns"), &key, &request).await;
        returned.body["return_id"].as_str().expect("an id").to_owned()
    }

    /// Returns the one payment that the owner has to confirm.
    async fn payment_to_confirm(&mut self) -> String {
        let payment_id = match self.to_confirm.take() {
            Some(payment_id) => payment_id,
            None => self.order("pm_card_authenticationRequired").await.1,
        };
        self.to_confirm.insert(payment_id).clone()
    }
}

fn password_of(caller: Caller) -> &'static str {
    match caller {
        Caller::Admin => ADMIN.password,
        _ => "a password of eight or more",
    }
}
