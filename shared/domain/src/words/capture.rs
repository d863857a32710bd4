//! When the money of an order is captured.

use serde::{Deserialize, Serialize};

/// When the money of an order is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// At once.
    #[default]
    Automatic,
    /// It is authorised when the order is placed, and captured parcel by parcel.
    OnShipment,
    /// A mode of a newer version. To this version it is like the first.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl CaptureMode {
    /// Returns whether money is captured parcel by parcel.
    #[must_use]
    pub fn is_on_shipment(self) -> bool {
        self == Self::OnShipment
    }

    /// Returns whether all money is captured at once.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        !self.is_on_shipment()
    }
}
