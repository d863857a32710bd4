//! Flows of saved addresses.

use dev::seed::first_order;
use domain::words::id::AddressId;
use engines::iam::Grant;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tests::{Customer, Shop};

use super::{PASSWORD, Sessions};

const PATH: &str = "/users/me/addresses";

impl Sessions {
    /// Returns the request of an account without addresses that needs the permission.
    pub async fn of_addresses(&self, shop: &Shop, grant: &Grant) -> RequestBuilder {
        let session = shop.signed_in(&self.stranger(shop).await, PASSWORD).await;
        let path = format!("{PATH}/{}", AddressId::from_parts(0, 1));
        match grant.function.as_str() {
            "list-addresses" => session.request(Method::GET, PATH),
            "put-address" => put(&session, &path),
            _ => {
                assert_eq!(shop.send(put(&session, &path)).await.status, 201);
                session.request(Method::DELETE, &path)
            }
        }
    }
}

fn put(session: &Customer<'_>, path: &str) -> RequestBuilder {
    let address = json!({ "address": first_order("pm_card_visa")["shipping_address"] });
    session.request(Method::PUT, path).json(&address)
}
