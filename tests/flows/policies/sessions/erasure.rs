//! The flow of accounts that are erased.

use domain::users::erasure::SECOND_THOUGHTS;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;
use tests::Shop;

use super::{PASSWORD, Sessions};

impl Sessions {
    /// Erases an account with an app, two weeks after its owner has asked for it. A run in which one failed succeeds, so its log is
    /// read as well.
    pub async fn erase(&self, shop: &Shop) -> Result<(), String> {
        let (session, _) = self.with_app(shop).await;
        let body = json!({ "password": PASSWORD });
        let asked = shop.send(session.request(Method::POST, "/users/me/erasure").json(&body)).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        // At a full hour, as the schedule runs.
        let hour = (Timestamp::now() + SECOND_THOUGHTS).as_second() / 3_600 + 1;
        let time = Timestamp::from_second(hour * 3_600).expect("a time");
        let answer = shop.cloud().sources().trigger("erase-users", time).await.expect("the schedule exists");
        if answer.function_error.is_some() {
            return Err(String::from_utf8_lossy(&answer.payload).into_owned());
        }
        let log = shop.log();
        let mut lines = log.iter().filter(|line| line.request_id.as_ref() == Some(&answer.request_id));
        let failed = lines.find(|line| line.line.contains("due item failed"));
        failed.map_or(Ok(()), |line| Err(line.line.clone()))
    }
}
