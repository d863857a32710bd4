//! On which terms the shop of `cargo dev` sells: who it is, the tax and the shipping of the European Union, and a code.

use serde::Deserialize;
use serde_json::{Value, json};

use super::SeedError;
use super::shop::{Keeper, Shop};

/// The settings. The seller is the last of them.
const SETTINGS: &str = include_str!("settings.json");

#[derive(Deserialize)]
struct Set {
    kind: String,
    id: String,
    value: Value,
}

/// Puts the settings into the shop with this front door, and the code TEN, unless it has a seller. Continues if an earlier run was
/// interrupted.
///
/// # Errors
/// A request fails or is rejected.
pub async fn set_terms(url: &str) -> Result<(), SeedError> {
    let shop = Shop::at(url);
    if shop.get("/shop").await?["seller"].is_object() {
        return Ok(());
    }
    let keeper = Keeper::of(shop).await?;
    let ten =
        json!({ "type": "percent", "rate": 100_000, "from": "2026-01-01T00:00:00Z", "combinable": true });
    keeper.set("/admin/promotions/TEN", &json!({ "rule": ten })).await?;
    let settings: Vec<Set> = serde_json::from_str(SETTINGS)?;
    for Set { kind, id, value } in settings {
        keeper.set(&format!("/admin/settings/{kind}/{id}"), &value).await?;
    }
    Ok(())
}
