//! Flows in which the staff change the shop's settings, and in which pages learn of them.

use engines::iam::Grant;
use reqwest::Method;
use serde_json::json;
use tests::Reply;

use super::{Flows, is_on, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the functions of settings, or if they need it.
    pub(super) async fn of_settings(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("put-setting", _) => Seen::Reply(self.put_flag(key).await),
            ("list-settings", _) => Seen::Reply(self.admin.get("/admin/settings/flag").await),
            // The others hold the settings in memory, from their start on.
            (function, "Query") if is_on(grant, "SETTINGS") => self.start(function).await,
            ("orders.relay-events", "SendMessage") if grant.resource.ends_with("audit-events") => {
                let put = self.put_flag(&self.unique("for-the-record")).await;
                assert!(put.status < 300, "{put:?}");
                Seen::Later
            }
            _ => return None,
        })
    }

    async fn put_flag(&self, key: &str) -> Reply {
        let path = format!("/admin/settings/flag/{key}");
        let request = self.admin.request(Method::PUT, &path).header("if-match", "*");
        self.shop.send(request.json(&json!({ "on": true }))).await
    }
}
