//! Calls about guests, and how what they have becomes an account's.

use dev::seed::CUSTOMER;
use serde_json::{Value, json};

use super::{Error, Recorder, Visitor, text};
use crate::app::App;
use crate::guests_order;
use crate::measure::settle;

const PASSWORD: &str = "a password to be measured";

impl<'a> Recorder<'a> {
    pub(super) async fn guests(&mut self) -> Result<(), Error> {
        let mut guest = Visitor::new(self.cloud);
        let (session, _) = self.step("a session", &["start-guest-session"], guest.be_guest()).await?;
        let (first, other) = (guests_order("guest@bodega.example"), guests_order("guest@another.example"));
        self.step("a guest", &["get-user"], guest.get("/users/me")).await?;
        let all = ["place-order", "keep-contact"];
        self.step("a guest's order", &all, guest.post("/orders", Some("first"), &first)).await?;
        let order = guest.post("/orders", Some("second"), &other);
        self.step("a guest's order with another address", &["keep-contact"], order).await?;
        let token = json!({ "refresh_token": text(&session, "refresh_token")? });
        let refresh = guest.post("/sessions/refresh", None, &token);
        let (session, _) = self.step("a guest's token", &["refresh-session"], refresh).await?;
        let staff = Visitor::signed_in(self.cloud, &dev::seed::ADMIN).await?;
        let by_id = format!("/admin/users?user_id={}", text(&session, "user_id")?);
        self.step("a guest by id", &["find-users"], staff.get(&by_id)).await?;

        guest.put("/cart/lines/CUP-BLUE", &json!({ "quantity": 1 })).await?;
        let credentials = json!({
            "email": CUSTOMER.email, "password": CUSTOMER.password,
            "guest_refresh_token": text(&session, "refresh_token")?,
        });
        let visitor = Visitor::new(self.cloud);
        let log_in = visitor.post("/sessions", None, &credentials);
        let all = [
            "log-in",
            "users.relay-events",
            "apply-customer-event",
            "orders.relay-events",
            "process-payment",
        ];
        let (session, _) = self.step("a guest with a cart and two orders", &all, log_in).await?;
        let merge = Visitor::with(self.cloud, &session)?;
        let nothing = json!({});
        let merge = merge.post("/cart/merge", None, &nothing);
        self.step("what the event has merged", &["merge-cart"], merge).await?;

        self.order_link().await?;

        let email = "was-a-guest@bodega.example";
        let mut was_guest = Visitor::new(self.cloud);
        let session = was_guest.be_guest().await?;
        was_guest.post("/orders", Some("first"), &guests_order(email)).await?;
        settle(self.cloud).await?;
        let token = text(&session, "refresh_token")?;
        let account = json!({
            "email": email, "name": "Measured Guest", "password": PASSWORD, "guest_refresh_token": token,
        });
        let mut visitor = Visitor::new(self.cloud);
        let register = visitor.post("/users", None, &account);
        self.step("a guest", &["register-user"], register).await?;
        let order = guests_order(email);
        let order = was_guest.post("/orders", Some("second"), &order);
        self.step("who has registered since", &["keep-contact"], order).await?;
        self.guest(email).await?;
        let found = format!("/admin/users?email={email}");
        self.step("by an address that a guest has left", &["find-users"], staff.get(&found)).await?;
        let confirm = json!({ "token": self.link_token(email, "confirm-email")? });
        let confirm = visitor.post("/email-confirmations", None, &confirm);
        self.step("an address that a guest has left", &["confirm-email"], confirm).await?;
        self.guest(email).await?;
        visitor.post("/password-resets", None, &json!({ "email": email })).await?;
        settle(self.cloud).await?;
        let reset = json!({ "token": self.link_token(email, "reset-password")?, "password": PASSWORD });
        let reset = visitor.post("/password-resets/confirmation", None, &reset);
        self.step("an address that a guest has left", &["reset-password"], reset).await?;
        visitor.log_in(email, PASSWORD).await?;
        self.guest_with_app(&visitor, email).await
    }

    /// Asks for a link to a guest's order, and opens it.
    async fn order_link(&mut self) -> Result<(), Error> {
        let (order, _) = self.guest("looking-up@bodega.example").await?;
        let visitor = Visitor::new(self.cloud);
        let known = json!({ "number": text(&order, "number")?, "email": "looking-up@bodega.example" });
        let asked = visitor.post("/orders/lookup", None, &known);
        let all =
            ["look-up-order", "compare-contact", "orders.relay-events", "send-account-mail", "get-link"];
        self.step("a guest's order", &all, asked).await?;
        let unknown = json!({ "number": "X60W-P2C2M", "email": "looking-up@bodega.example" });
        let asked = visitor.post("/orders/lookup", None, &unknown);
        self.step("no such order", &["look-up-order", "compare-contact"], asked).await?;
        let token = json!({ "token": self.link_token("looking-up@bodega.example", "order-lookup")? });
        let opened = visitor.post("/sessions/link", None, &token);
        self.step("a guest's order", &["open-order-link"], opened).await.map(drop)
    }

    /// Signs in with an app from a guest's session.
    async fn guest_with_app(&mut self, visitor: &Visitor<'a>, email: &str) -> Result<(), Error> {
        let enrolled = visitor.post("/users/me/totp", None, &json!({ "password": PASSWORD })).await?;
        let app = App::with(&text(&enrolled, "secret")?);
        visitor.post("/users/me/totp/confirmation", None, &json!({ "code": app.code() })).await?;
        let (_, token) = self.guest("another-guest@bodega.example").await?;
        let credentials = json!({ "email": email, "password": PASSWORD });
        let challenged = Visitor::new(self.cloud).post("/sessions", None, &credentials).await?;
        let code = json!({
            "challenge": challenged["challenge"], "code": app.next_code(), "guest_refresh_token": token,
        });
        let complete = Visitor::new(self.cloud);
        let complete = complete.post("/sessions/second-factor", None, &code);
        self.step("the app's next code, and a guest", &["complete-log-in"], complete).await?;
        Ok(())
    }

    /// Orders as a guest who leaves this address. Returns the order and the session's refresh token.
    async fn guest(&self, email: &str) -> Result<(Value, String), Error> {
        let mut guest = Visitor::new(self.cloud);
        let session = guest.be_guest().await?;
        let order = guest.post("/orders", Some("order"), &guests_order(email)).await?;
        settle(self.cloud).await?;
        Ok((order, text(&session, "refresh_token")?))
    }
}
