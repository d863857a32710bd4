//! The flow of accounts that are erased.

use domain::users::erasure::SECOND_THOUGHTS;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;
use tests::Shop;

use super::{PASSWORD, Sessions};
use crate::policies::trial::fire;

impl Sessions {
    /// Erases an account with an app, two weeks after its owner has asked for it.
    pub async fn erase(&self, shop: &Shop) -> Result<(), String> {
        let (session, _) = self.with_app(shop).await;
        let body = json!({ "password": PASSWORD });
        let asked = shop.send(session.request(Method::POST, "/users/me/erasure").json(&body)).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        // At a full hour, as the schedule runs.
        let hour = (Timestamp::now() + SECOND_THOUGHTS).as_second() / 3_600 + 1;
        let time = Timestamp::from_second(hour * 3_600).expect("a time");
        fire(shop, "erase-users", time).await
    }
}
