//! Lists at Stripe, which come in pages (<https://docs.stripe.com/api/pagination>).

use domain::payments::GatewayId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Stripe;
use crate::gateway::GatewayError;

/// The most objects that Stripe puts on a page.
pub(super) const PAGE: usize = 100;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// An object of a list. The page after it begins after its id.
pub(super) trait Listed: DeserializeOwned {
    /// The id at Stripe.
    fn id(&self) -> &GatewayId;
}

impl Stripe {
    /// Returns every object of a list, the newest first, as Stripe lists them. The path ends with the list's filter.
    pub(super) async fn list<T: Listed>(&self, path: &str) -> Result<Vec<T>, GatewayError> {
        let (mut listed, mut after) = (Vec::new(), String::new());
        loop {
            let Page { data, has_more } = self.get::<Page<T>>(format!("{path}&limit={PAGE}{after}")).await?;
            let last = data.last().map(|last| format!("&starting_after={}", last.id()));
            listed.extend(data);
            match last {
                Some(last) if has_more => after = last,
                _ => return Ok(listed),
            }
        }
    }
}
