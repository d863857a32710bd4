//! Flows in which the staff find orders, ship them, refund them, and take goods back.

use engines::iam::Grant;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply};

use super::{Flows, SKU, basket, is_on, path, short};
use crate::policies::trial::Seen;

impl<'s> Flows<'s> {
    /// Runs the flow of a permission for shipping, if it is one.
    pub(super) async fn of_shipping(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("create-shipment", _) => Seen::Reply(self.ship(key).await),
            ("update-shipment", _) => Seen::Reply(self.receive(key).await),
            ("cancel-lines", _) => Seen::Reply(self.cancel_the_piece(key).await),
            ("resend-confirmation", _) => Seen::Reply(self.resend(key).await),
            ("add-note", _) => Seen::Reply(self.note(key).await),
            ("refund-order", _) => Seen::Reply(self.refund(key).await),
            ("get-invoice", _) => Seen::Reply(self.see_invoice(key).await),
            ("apply-payment-event", _) if is_on(grant, "SERIES#*") => self.credit(key).await,
            ("apply-payment-event", "Query") if is_on(grant, "ORDER#*") => self.credit(key).await,
            ("request-return" | "declare-withdrawal", "UpdateItem") => {
                Seen::Reply(self.withdraw_unshipped(grant, key).await)
            }
            ("declare-withdrawal", _) => Seen::Reply(self.declare_withdrawal(grant, key).await),
            ("look-up-order", _) => Seen::Reply(self.look_up_order(key).await),
            ("compare-contact", _) if is_on(grant, "TOKEN#*") => Seen::Reply(self.look_up_order(key).await),
            ("compare-contact", _) => Seen::Reply(self.declare_withdrawal(grant, key).await),
            ("decide-return", _) if is_on(grant, "RETURN#*") && short(grant) == "PutItem" => {
                Seen::Reply(self.close_statement(key).await)
            }
            ("request-return", _) => Seen::Reply(self.request_return(key, "defect").await),
            ("decide-return", _) => Seen::Reply(self.decide_return(key).await),
            ("receive-return", _) => Seen::Reply(self.receive_return(key).await),
            ("list-returns", _) => Seen::Reply(self.list_returns(key, grant).await),
            ("find-orders", _) => Seen::Reply(self.find_orders(grant).await),
            ("get-order", "Query") if is_on(grant, "ORDER#*") => {
                let order = path("/orders", &self.order, "order_id");
                Seen::Reply(self.customer.get(&format!("{order}?expand=shipments")).await)
            }
            _ => return None,
        })
    }

    /// Ships an order that is paid. The same key again ships nothing more.
    async fn ship(&self, key: &str) -> Reply {
        let order = self.place(key).await.body;
        self.shop.settle().await;
        let shipments = format!("{}/shipments", path("/admin/orders", &order, "order_id"));
        self.admin.post(&shipments, key, &json!({ "carrier": "Correos" })).await
    }

    /// Cancels the only piece of a paid order, which gives its code back.
    pub(super) async fn cancel_the_piece(&self, key: &str) -> Reply {
        let placed = self.customer.post("/orders", key, &basket("pm_card_visa")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        let cancellations = format!("{}/cancellations", path("/admin/orders", &placed.body, "order_id"));
        let piece = json!([{ "sku": SKU, "quantity": 1 }]);
        self.admin.post(&cancellations, key, &json!({ "lines": piece, "reason": "It is broken." })).await
    }

    /// Has the mail about a paid order sent once more.
    async fn resend(&self, key: &str) -> Reply {
        let order = self.place(key).await.body;
        self.shop.settle().await;
        let path = format!("{}/confirmation", path("/orders", &order, "order_id"));
        self.shop.send(self.customer.request(Method::POST, &path)).await
    }

    /// Notes something about a paid order, for its customer.
    async fn note(&self, key: &str) -> Reply {
        let notes = format!("{}/notes", path("/admin/orders", &self.order, "order_id"));
        self.admin.post(&notes, key, &json!({ "text": "Ring twice.", "public": true })).await
    }

    /// Ships an order, and notes that the parcel has arrived.
    async fn receive(&self, key: &str) -> Reply {
        let shipment = self.ship(key).await;
        assert_eq!(shipment.status, 201, "{shipment:?}");
        let Value::String(id) = &shipment.body["shipment_id"] else { panic!("{shipment:?}") };
        let path = format!("{}/shipments/{id}", path("/admin/orders", &shipment.body, "order_id"));
        let request = self.admin.request(Method::PATCH, &path).header("if-match", "*");
        self.shop.send(request.json(&json!({ "delivered_at": shipment.body["shipped_at"] }))).await
    }

    /// Ships an order, and reads the invoice.
    async fn see_invoice(&self, key: &str) -> Reply {
        let shipment = self.ship(key).await;
        let Value::String(number) = &shipment.body["invoice_number"] else { panic!("{shipment:?}") };
        self.customer.get(&format!("{}/invoices/{number}", path("/orders", &shipment.body, "order_id"))).await
    }

    /// Refunds a cent of an order that is shipped, for which a credit note is issued.
    pub(super) async fn credit(&self, key: &str) -> Seen {
        let shipment = self.ship(key).await;
        assert_eq!(shipment.status, 201, "{shipment:?}");
        let refunded = self.refund(key).await;
        assert!(refunded.status < 300, "{refunded:?}");
        Seen::Later
    }

    /// Asks for the return of an order that is shipped.
    async fn request_return(&self, key: &str, kind: &str) -> Reply {
        let shipment = self.ship(key).await;
        assert_eq!(shipment.status, 201, "{shipment:?}");
        let returns = format!("{}/returns", path("/orders", &shipment.body, "order_id"));
        self.customer.post(&returns, key, &json!({ "kind": kind, "confirm": true })).await
    }

    async fn decide_return(&self, key: &str) -> Reply {
        let returned = self.request_return(key, "defect").await;
        assert_eq!(returned.status, 201, "{returned:?}");
        let decision = format!("{}/decision", path("/admin/returns", &returned.body, "return_id"));
        self.admin.post(&decision, key, &json!({ "accepted": false })).await
    }

    async fn receive_return(&self, key: &str) -> Reply {
        let returned = self.request_return(key, "withdrawal").await;
        assert_eq!(returned.status, 201, "{returned:?}");
        let receipt = format!("{}/receipt", path("/admin/returns", &returned.body, "return_id"));
        let lines = returned.body["lines"].as_array().into_iter().flatten();
        let lines: Vec<Value> =
            lines.map(|line| json!({ "sku": line["sku"], "restock": line["quantity"] })).collect();
        self.admin.post(&receipt, key, &json!({ "lines": lines })).await
    }

    /// Withdraws from an order with a code of which nothing is shipped: the code is given back.
    async fn withdraw_unshipped(&self, grant: &Grant, key: &str) -> Reply {
        if grant.function == "declare-withdrawal" {
            let (_, order, email) = self.order_of_guest(key).await;
            return self.declare(&order["number"], &email).await;
        }
        self.withdraw_signed_in(key).await
    }

    async fn withdraw_signed_in(&self, key: &str) -> Reply {
        let (guest, order, _) = self.order_of_guest(key).await;
        let returns = format!("{}/returns", path("/orders", &order, "order_id"));
        guest.post(&returns, key, &json!({ "kind": "withdrawal", "confirm": true })).await
    }

    /// Places an order of a guest, which is paid, and returns it with the address that they have left: five claims an hour are compared
    /// for one.
    async fn order_of_guest(&self, key: &str) -> (Customer<'s>, Value, String) {
        let (visitor, mut basket) = (self.shop.guest().await, self.guests_basket());
        let email = format!("{key}@declaring.example");
        basket["contact"]["email"] = json!(email);
        let order = visitor.post("/orders", key, &basket).await;
        assert_eq!(order.status, 201, "{order:?}");
        self.shop.settle().await;
        (visitor, order.body, email)
    }

    /// Withdraws from an order that is shipped, without signing in; from one that nobody has, if the declaration is to be kept.
    async fn declare_withdrawal(&self, grant: &Grant, key: &str) -> Reply {
        if grant.function == "compare-contact" && !is_on(grant, "USER#*") {
            return self.declare_of_nobody(key).await;
        }
        let (_, order, email) = self.order_of_guest(key).await;
        let shipments = format!("{}/shipments", path("/admin/orders", &order, "order_id"));
        let shipped = self.admin.post(&shipments, key, &json!({ "carrier": "Correos" })).await;
        assert_eq!(shipped.status, 201, "{shipped:?}");
        self.declare(&order["number"], &email).await
    }

    /// Withdraws from an order that nobody has.
    pub(super) async fn declare_of_nobody(&self, key: &str) -> Reply {
        self.declare(&json!(format!("NO-{key}")), &format!("{key}@customers.example")).await
    }

    /// Withdraws from orders with a code of which nothing is shipped, in both ways.
    pub(super) async fn withdraw_with_code(&self) {
        let (_, order, email) = self.order_of_guest("rare-declared").await;
        assert_eq!(self.declare(&order["number"], &email).await.status, 202);
        assert_eq!(self.withdraw_signed_in("rare-withdrawn").await.status, 201);
    }

    async fn declare(&self, number: &Value, email: &str) -> Reply {
        let declaration = json!({ "name": "Ada", "order_number": number, "email": email });
        let request = self.shop.client().post(self.shop.at("/withdrawals")).json(&declaration);
        self.shop.send(request).await
    }

    /// Asks for a link to a guest's order.
    async fn look_up_order(&self, key: &str) -> Reply {
        let (_, order, email) = self.order_of_guest(key).await;
        let known = json!({ "number": order["number"], "email": email });
        self.shop.send(self.shop.client().post(self.shop.at("/orders/lookup")).json(&known)).await
    }

    /// Closes a statement of nobody's order.
    async fn close_statement(&self, key: &str) -> Reply {
        let stated = self.declare_of_nobody(key).await;
        assert_eq!(stated.status, 202, "{stated:?}");
        let decision = format!("{}/decision", path("/admin/returns", &stated.body, "statement_id"));
        self.admin.post(&decision, key, &json!({ "accepted": true })).await
    }

    /// Lists returns, of which there is one if orders are to be read, and a statement if those are.
    async fn list_returns(&self, key: &str, grant: &Grant) -> Reply {
        if is_on(grant, "RETURN#*") {
            let stated = self.declare_of_nobody(key).await;
            assert_eq!(stated.status, 202, "{stated:?}");
        } else if short(grant) != "Query" {
            let returned = self.request_return(key, "defect").await;
            assert_eq!(returned.status, 201, "{returned:?}");
        }
        self.admin.get("/admin/returns").await
    }

    /// Refunds a cent of an order that is paid.
    async fn refund(&self, key: &str) -> Reply {
        let order = self.place(key).await.body;
        self.shop.settle().await;
        let refunds = format!("{}/refunds", path("/admin/orders", &order, "order_id"));
        let cent = json!({ "amount": { "amount": 1, "currency": "EUR" }, "reason": "a scratch" });
        self.admin.post(&refunds, key, &cent).await
    }

    async fn find_orders(&self, grant: &Grant) -> Reply {
        let text = |name: &str| self.order[name].as_str().unwrap_or_default().to_owned();
        let query = match grant.rows.as_deref() {
            Some("QUEUE#*") => "queue=to_ship".to_owned(),
            Some("USER#*") => format!("user_id={}", text("user_id")),
            _ if short(grant) == "GetItem" => format!("number={}", text("number")),
            _ => format!("month={}", &text("placed_at")[..7]),
        };
        self.admin.get(&format!("/admin/orders?{query}")).await
    }
}
