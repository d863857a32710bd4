//! Passwords that were forgotten.

mod request_password_reset;
mod reset_password;

use edge::{Problem, Reply};
use jiff::Timestamp;
use serde_json::json;
use users::password_resets;

use crate::{Service, public_at};

impl Service {
    pub async fn forget(&self, email: &str, now: Timestamp) -> Reply<()> {
        let call = public_at(now, json!({ "email": email }));
        password_resets::request_password_reset(self.users.clone(), call).await.unwrap()
    }

    pub async fn reset(&self, token: &str, password: &str, now: Timestamp) -> Result<Reply<()>, Problem> {
        let call = public_at(now, json!({ "token": token, "password": password }));
        password_resets::reset_password((self.links.clone(), self.users.clone()), call).await
    }
}
