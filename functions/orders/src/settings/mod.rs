//! The resource `/admin/settings` for the staff, and `/shop`: what they have set, as pages need it.

pub mod in_force;
pub mod list_settings;
pub mod put_setting;
pub mod rows;
pub mod show_shop;

pub use list_settings::list_settings;
pub use put_setting::put_setting;
pub use show_shop::show_shop;

use domain::settings::KeptSetting;
use serde::Serialize;
use store::Stored;

/// A setting, as the staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingEntry {
    /// The setting.
    #[serde(flatten)]
    pub kept: KeptSetting,
    /// Its version, for `If-Match`.
    pub version: u64,
}

impl From<Stored<KeptSetting>> for SettingEntry {
    fn from(stored: Stored<KeptSetting>) -> Self {
        Self { kept: stored.value, version: stored.version }
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::settings::SettingRefusal;
    use domain::words::setting::{SettingId, SettingKind};
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("put-setting", put_setting)
            .path::<SettingKind>()
            .path::<SettingId>()
            .if_match(Header::Required)
            .etag()
            .refuses_all_but(SettingRefusal::CODES, &[]),
        Operation::of("list-settings", list_settings).path::<SettingKind>().list(),
        Operation::of("show-shop", show_shop).cached(),
    ]
}
