//! Calls by which the staff set what the shop grants, and for which codes, and by which pages learn of it.

use dev::seed::ADMIN;
use reqwest::Method;
use serde_json::json;

use super::{Error, Recorder, Visitor, items};

impl Recorder<'_> {
    pub(super) async fn settings(&mut self) -> Result<(), Error> {
        let admin = Visitor::signed_in(self.cloud, &ADMIN).await?;
        let flag = "/admin/settings/flag/measured";
        for (what, on) in [("a new one", true), ("another value", false)] {
            let value = json!({ "on": on, "public": true });
            let put = admin.amend(Method::PUT, flag, &value);
            self.step(what, &["put-setting"], put).await?;
        }
        let (found, _) = self.step("", &["list-settings"], admin.get("/admin/settings/flag")).await?;
        self.rename_last(&format!("{} of a kind", items(&found)));
        self.step("all", &["show-shop"], admin.get("/shop")).await?;
        let rule = json!({ "type": "free_shipping", "from": "2026-01-01T00:00:00Z", "combinable": true });
        for (what, limit) in [("a new one", 1_000), ("another limit", 2_000)] {
            let value = json!({ "rule": rule, "limit": limit });
            let put = admin.amend(Method::PUT, "/admin/promotions/MEASURED", &value);
            self.step(what, &["put-promotion"], put).await?;
        }
        let (found, _) = self.step("", &["list-promotions"], admin.get("/admin/promotions")).await?;
        self.rename_last(&format!("all {}", items(&found)));
        Ok(())
    }
}
