//! Rows of the orders table for settings.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | setting | `SETTINGS` | `<kind>#<id>` |
//! | past setting | `SETTING#<kind>#<id>` | `<number of the change>` |
//!
//! The settings that hold are one partition, so that one query reads all of them: docs/decisions/0065.

use domain::settings::{KeptSetting, PastSetting};
use domain::words::setting::{SettingId, SettingKind, SettingName};
use store::{Key, Row};

/// The partition of the settings that hold.
pub const SETTINGS: &str = "SETTINGS";

/// A setting.
#[derive(Debug)]
pub struct SettingRow;

impl Row for SettingRow {
    type Value = KeptSetting;
    const KIND: &'static str = "setting";

    fn key(kept: &KeptSetting) -> Key {
        Key::new(SETTINGS, sort_key(kept))
    }

    fn is_understood(kept: &KeptSetting) -> bool {
        kept.setting.kind().is_some()
    }
}

/// A setting as it was once.
#[derive(Debug)]
pub struct PastSettingRow;

impl Row for PastSettingRow {
    type Value = PastSetting;
    const KIND: &'static str = "past_setting";

    fn key(past: &PastSetting) -> Key {
        // With leading zeros, so that they sort by number.
        Key::new(format!("SETTING#{}", sort_key(&past.kept)), format!("{:010}", past.number))
    }

    fn is_understood(past: &PastSetting) -> bool {
        past.kept.setting.kind().is_some()
    }
}

/// Returns the key of a setting.
#[must_use]
pub fn setting_key(name: &SettingName) -> Key {
    Key::new(SETTINGS, format!("{}{}", of_kind(name.kind), name.id))
}

/// Returns what the sort keys of the settings of a kind begin with.
#[must_use]
pub fn of_kind(kind: SettingKind) -> String {
    format!("{kind}#")
}

fn sort_key(kept: &KeptSetting) -> String {
    let id: &SettingId = &kept.id;
    kept.setting.kind().map_or_else(|| format!("?#{id}"), |kind| format!("{}{id}", of_kind(kind)))
}
