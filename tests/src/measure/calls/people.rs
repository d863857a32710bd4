//! Calls about accounts and their second factors, and about staff.

use dev::seed::{ADMIN, first_order};
use domain::words::id::AddressId;
use serde_json::json;

use super::{Error, Recorder, Visitor, items, text};
use crate::app::App;
use crate::measure::settle;

impl Recorder<'_> {
    pub(super) async fn accounts(&mut self) -> Result<(), Error> {
        let (email, password) = ("measured@bodega.example", "a password to be measured");
        let mut visitor = Visitor::new(self.cloud);
        let account = json!({ "email": email, "name": "Measured Customer", "password": password });
        let all = ["register-user", "users.relay-events", "send-account-mail", "get-link"];
        self.step("an account is created", &all, visitor.post("/users", None, &account)).await?;
        let bounces = "bounce@simulator.amazonses.com";
        let bounces = json!({ "email": bounces, "name": "Measured Customer", "password": password });
        self.step("a mail bounces", &["apply-mail-event"], visitor.post("/users", None, &bounces)).await?;
        let confirm = json!({ "token": self.link_token(email, "confirm-email")? });
        let confirm = visitor.post("/email-confirmations", None, &confirm);
        self.step("the link of the welcome", &["confirm-email"], confirm).await?;
        let again = visitor.post("/users", None, &account);
        self.step("the address has an account", &["register-user"], again).await?;
        let forgotten = json!({ "email": email });
        let forgotten = visitor.post("/password-resets", None, &forgotten);
        self.step("a known address", &["request-password-reset"], forgotten).await?;
        let reset = json!({ "token": self.link_token(email, "reset-password")?, "password": password });
        let reset = visitor.post("/password-resets/confirmation", None, &reset);
        self.step("the link of the mail", &["reset-password"], reset).await?;
        let (session, _) =
            self.step("the right password", &["log-in"], visitor.log_in(email, password)).await?;
        let token = json!({ "refresh_token": text(&session, "refresh_token")? });
        let refresh = visitor.post("/sessions/refresh", None, &token);
        self.step("a good token", &["refresh-session"], refresh).await?;
        let all = ["authorize-request", "get-user"];
        self.step("the caller's own, a new token", &all, visitor.get("/users/me")).await?;
        self.step("one session", &["list-sessions"], visitor.get("/users/me/sessions")).await?;
        let change = json!({ "current_password": password, "new_password": password });
        let change = visitor.put("/users/me/password", &change);
        self.step("by the same one", &["change-password"], change).await?;
        let edit = json!({ "locale": "de-AT" });
        self.step("another language", &["update-user"], visitor.patch("/users/me", &edit)).await?;
        self.addresses(&visitor).await?;
        self.second_factor(&mut visitor, email, password).await?;
        let change = json!({ "email": "measured@another.example", "password": password });
        let all = ["set-email", "users.relay-events", "send-account-mail", "get-link"];
        self.step("another address", &all, visitor.put("/users/me/email", &change)).await?;
        let confirm = json!({ "token": self.link_token("measured@another.example", "confirm-email")? });
        let confirm = visitor.post("/email-confirmations", None, &confirm);
        self.step("the link to another address", &["confirm-email"], confirm).await?;
        self.step("one session", &["export-user"], visitor.get("/users/me/export")).await?;
        let proof = json!({ "password": password });
        let erasure = visitor.post("/users/me/erasure", None, &proof);
        self.step("a confirmed address", &["request-erasure"], erasure).await?;
        self.step("all of the user's", &["end-session"], visitor.delete("/sessions/all")).await?;
        self.step("the caller's own", &["end-session"], visitor.delete("/sessions/current")).await?;
        self.step("the keys", &["get-jwks"], visitor.get("/.well-known/jwks.json")).await?;
        let discovery = visitor.get("/.well-known/openid-configuration");
        self.step("how tokens are verified", &["get-discovery"], discovery).await?;
        Ok(())
    }

    async fn addresses(&mut self, visitor: &Visitor<'_>) -> Result<(), Error> {
        let path = |number| format!("/users/me/addresses/{}", AddressId::from_parts(0, number));
        let (first, second) = (path(1), path(2));
        let address = json!({
            "address": first_order("pm_card_visa")["shipping_address"], "default_shipping": true,
        });
        self.step("the first", &["put-address"], visitor.put(&first, &address)).await?;
        self.step("a second, now the default", &["put-address"], visitor.put(&second, &address)).await?;
        self.step("the same again", &["put-address"], visitor.put(&second, &address)).await?;
        self.step("two addresses", &["list-addresses"], visitor.get("/users/me/addresses")).await?;
        self.step("the default", &["remove-address"], visitor.delete(&second)).await?;
        Ok(())
    }

    async fn second_factor(
        &mut self,
        visitor: &mut Visitor<'_>,
        email: &str,
        password: &str,
    ) -> Result<(), Error> {
        let proof = json!({ "password": password });
        let enroll = visitor.post("/users/me/totp", None, &proof);
        let (enrolled, _) = self.step("a secret", &["enroll-totp"], enroll).await?;
        let app = App::with(&text(&enrolled, "secret")?);
        let first = json!({ "code": app.code() });
        let confirm = visitor.post("/users/me/totp/confirmation", None, &first);
        let (confirmed, _) = self.step("the app's first code", &["confirm-totp"], confirm).await?;
        let credentials = json!({ "email": email, "password": password });
        let log_in = visitor.post("/sessions", None, &credentials);
        let (challenged, _) =
            self.step("the right password, and a code is required", &["log-in"], log_in).await?;
        let second = json!({ "challenge": challenged["challenge"], "code": app.next_code() });
        let complete = visitor.post("/sessions/second-factor", None, &second);
        self.step("the app's next code", &["complete-log-in"], complete).await?;
        let third = json!({ "code": confirmed["recovery_codes"][0] });
        let remove = visitor.post("/users/me/totp/removal", None, &third);
        self.step("a recovery code", &["remove-totp"], remove).await?;
        Ok(())
    }

    pub(super) async fn staff(&mut self) -> Result<(), Error> {
        let admin = Visitor::signed_in(self.cloud, &ADMIN).await?;
        let email = "invited@bodega.example";
        let path = format!("/admin/users/staff/{email}");
        let (staff, nobody) =
            (json!({ "roles": ["staff"] }), json!({ "roles": [], "reset_second_factor": true }));
        let all = ["put-staff", "users.relay-events", "record-audit", "send-account-mail", "get-link"];
        self.step("somebody without an account", &all, admin.put(&path, &staff)).await?;
        let token = self.link_token(email, "accept-invitation")?;
        let mut invited = Visitor::new(self.cloud);
        let password = "a password to be measured";
        let account = json!({ "token": token, "name": "Measured Colleague", "password": password });
        let accept = invited.post("/users/invitations/acceptance", None, &account);
        let all = ["accept-invitation", "users.relay-events", "send-account-mail"];
        self.step("the link of the mail", &all, accept).await?;
        self.step("two people with a role", &["find-users"], admin.get("/admin/users?role=admin")).await?;
        let month = self.step("this month's", &["list-audit"], admin.get("/admin/users/audit"));
        let (listed, _) = month.await?;
        self.rename_last(&format!("this month's {}", items(&listed)));
        invited.log_in(email, password).await?;
        let proof = json!({ "password": password });
        let enrolled = invited.post("/users/me/totp", None, &proof).await?;
        let code = json!({ "code": App::with(&text(&enrolled, "secret")?).code() });
        invited.post("/users/me/totp/confirmation", None, &code).await?;
        settle(self.cloud).await?;
        let all = ["put-staff", "users.relay-events", "record-audit", "send-account-mail"];
        self.step("a role and a lost app are taken", &all, admin.put(&path, &nobody)).await?;
        let address = format!("/admin/users?email={email}");
        self.step("by address", &["find-users"], admin.get(&address)).await?;
        Ok(())
    }
}
