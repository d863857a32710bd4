//! Saved addresses.

mod budgets;
mod list_addresses;
mod put_address;
mod remove_address;

use domain::words::id::{AddressId, UserId};
use edge::{Account, Call, NoBody, Problem, Reply};
use serde_json::{Value, json};
use users::addresses;
use users::addresses::ShownAddress;

use crate::{Service, now, read, signed_in};

impl Service {
    pub async fn put_address(
        &self,
        user: UserId,
        number: u128,
        body: Value,
    ) -> Result<Reply<ShownAddress>, Problem> {
        let call = Call::new(Account(signed_in(user)), read(body), now());
        addresses::put_address(self.users.clone(), call.with_path("address_id", id(number))).await
    }

    pub async fn remove_address(&self, user: UserId, number: u128) -> u16 {
        let call = Call::new(Account(signed_in(user)), NoBody, now()).with_path("address_id", id(number));
        addresses::remove_address(self.users.clone(), call).await.unwrap().status().as_u16()
    }

    pub async fn addresses(&self, user: UserId) -> Vec<Value> {
        let call = Call::new(Account(signed_in(user)), NoBody, now());
        let listed = addresses::list_addresses(self.users.clone(), call).await.unwrap();
        listed.body().unwrap().items.iter().map(|address| json!(address)).collect()
    }

    /// Returns the version of an account, which every change of its addresses increments.
    pub async fn account_version(&self, user: UserId) -> u64 {
        self.users.get(user).await.unwrap().unwrap().version
    }

    /// Returns the numbers of the addresses that are defaults: for shipping, and for billing.
    pub async fn defaults(&self, user: UserId) -> (Vec<usize>, Vec<usize>) {
        let listed = self.addresses(user).await;
        let are = |flag: &str| {
            let ids =
                listed.iter().filter(|address| address[flag] == true).map(|address| &address["address_id"]);
            ids.map(|listed| (0..40).find(|number| *listed == json!(id(*number as u128))).unwrap()).collect()
        };
        (are("default_shipping"), are("default_billing"))
    }
}

fn id(number: u128) -> AddressId {
    AddressId::from_parts(0, number)
}

/// An address in Malta, where nothing more is needed.
fn on(street: &str) -> Value {
    json!({ "name": "Ada", "line1": street, "city": "Qormi", "country": "MT" })
}

fn shipping_to(street: &str) -> Value {
    json!({ "address": on(street), "default_shipping": true })
}
