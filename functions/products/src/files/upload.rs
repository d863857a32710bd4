//! The request that uploads a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

/// The request that uploads a file. It needs no access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Upload {
    /// Its method: `PUT`.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its headers, which have to be sent as they are. A browser sets `content-length` itself.
    pub headers: BTreeMap<String, String>,
    /// Until when it can be sent.
    pub expires_at: Timestamp,
}
