//! Flows of the people who work in the shop.

use engines::iam::Grant;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tests::Shop;

use super::{PASSWORD, Sessions, is_on};

impl Sessions {
    /// Returns the request of a flow that needs a permission of such a function.
    pub(super) async fn of_staff(&self, shop: &Shop, grant: &Grant) -> RequestBuilder {
        match grant.function.as_str() {
            "put-staff" => {
                let admin = self.admin(shop).await;
                let (email, body) = match (grant.action.as_str(), grant.rows.as_deref()) {
                    ("dynamodb:PutItem", Some("EMAIL#*" | "TOKEN#*" | "OUTBOX#*"))
                    | (_, Some("THROTTLE#*")) => (self.unique_address(), json!({ "roles": ["staff"] })),
                    ("dynamodb:DeleteItem", _) => {
                        let body = json!({ "roles": ["staff"], "reset_second_factor": true });
                        (self.with_app(shop).await.0.email, body)
                    }
                    _ => (self.confirmed(shop).await.email, json!({ "roles": ["staff"] })),
                };
                admin.request(Method::PUT, &format!("/admin/users/staff/{email}")).json(&body)
            }
            "accept-invitation" => {
                let email = self.unique_address();
                let invite =
                    self.admin(shop).await.request(Method::PUT, &format!("/admin/users/staff/{email}"));
                assert_eq!(shop.send(invite.json(&json!({ "roles": ["staff"] }))).await.status, 200);
                shop.settle().await;
                let token = shop.link_token(&email, "accept-invitation");
                let account = json!({ "token": token, "name": "Invited", "password": PASSWORD });
                shop.client().post(shop.at("/users/invitations/acceptance")).json(&account)
            }
            "find-users" => {
                let query = match grant.action.as_str() {
                    "dynamodb:GetItem" if is_on(grant, "GUEST#*") => {
                        format!("user_id={}", shop.guest().await.user_id)
                    }
                    "dynamodb:BatchGetItem" if is_on(grant, "GUEST#*") => {
                        let email = self.unique_address();
                        self.guest_at(shop, &email).await;
                        format!("email={email}")
                    }
                    "dynamodb:Query" if is_on(grant, "STAFF") => "role=admin".to_owned(),
                    "dynamodb:BatchGetItem" => "role=admin".to_owned(),
                    _ => "email=0@customers.example".to_owned(),
                };
                self.admin(shop).await.request(Method::GET, &format!("/admin/users?{query}"))
            }
            "list-audit" => self.admin(shop).await.request(Method::GET, "/admin/users/audit"),
            unknown => panic!("{unknown}: a request to it"),
        }
    }
}
