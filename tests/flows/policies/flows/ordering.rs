//! Flows in which customers place, read and cancel orders.

use engines::iam::Grant;
use reqwest::Method;
use tests::Reply;

use super::{Flows, basket, is_on, path, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the functions that place, show or cancel orders, or if they
    /// need it.
    pub(super) async fn of_orders(&self, grant: &Grant, key: &str) -> Option<Seen> {
        let get = async |path: &str| Seen::Reply(self.customer.get(path).await);
        Some(match (grant.function.as_str(), short(grant)) {
            ("place-order", "BatchGetItem") => {
                let guest = self.guest.take().expect("prepared");
                let placed = guest.post("/orders", key, &basket("pm_card_visa")).await;
                *self.guest.borrow_mut() = Some(guest);
                Seen::Reply(placed)
            }
            ("keep-contact", "GetItem") if is_on(grant, "USER#*") => {
                Seen::Reply(self.order_after_registering().await)
            }
            ("keep-contact", _) => Seen::Reply(self.order_as_guest().await),
            ("place-order", "Invoke") if grant.resource.ends_with("/contact") => {
                Seen::Reply(self.order_as_guest().await)
            }
            ("place-order", "GetItem") if is_on(grant, "ORDER#*") => Seen::Reply(self.place("first").await),
            ("place-order" | "reserve-stock", _) => Seen::Reply(self.place(key).await),
            ("get-order", "GetItem") => get(&path("/orders", &self.order, "order_id")).await,
            ("get-contact", _) if is_on(grant, "GUEST#*") => Seen::Reply(self.read_order_of_guest().await),
            ("get-order" | "get-contact", _) => {
                get(&format!("{}?expand=user", path("/orders", &self.order, "order_id"))).await
            }
            ("list-orders", _) => get("/orders").await,
            ("cancel-order", _) => Seen::Reply(self.cancel().await),
            _ => return None,
        })
    }

    /// Cancels the unpaid order.
    pub(super) async fn cancel(&self) -> Reply {
        let path = format!("{}/cancellation", path("/orders", &self.unpaid.borrow(), "order_id"));
        let request = {
            let guest = self.guest.borrow();
            guest.as_ref().expect("prepared").request(Method::POST, &path)
        };
        self.shop.send(request).await
    }

    pub(super) async fn place(&self, key: &str) -> Reply {
        let placed = self.customer.post("/orders", key, &basket("pm_card_visa")).await;
        if placed.status == 201 {
            self.placed.borrow_mut().extend(placed.body["order_id"].as_str().map(str::to_owned));
        }
        placed
    }

    /// Places as many paid orders as a customer may have unpaid ones. The next order looks whether they have ended.
    pub(super) async fn fill_slots(&self) {
        let guest = self.shop.customer(&self.unique("guest")).await;
        for key in ["one", "two", "three"] {
            assert_eq!(guest.post("/orders", key, &basket("pm_card_visa")).await.status, 201);
        }
        self.shop.settle().await;
        *self.guest.borrow_mut() = Some(guest);
    }

    /// Places an order that its customer has to confirm with their bank, and which holds its stock until then.
    pub(super) async fn place_unpaid(&self) {
        let guest = self.shop.customer(&self.unique("guest")).await;
        let placed = guest.post("/orders", "unpaid", &basket("pm_card_authenticationRequired")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        *self.unpaid.borrow_mut() = placed.body;
        *self.guest.borrow_mut() = Some(guest);
    }

    /// Places an order whose payment is declined.
    pub(super) async fn decline(&self) {
        let guest = self.shop.customer(&self.unique("guest")).await;
        let placed = guest.post("/orders", "declined", &basket("pm_card_visa_chargeDeclined")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
    }
}
