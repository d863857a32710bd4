//! Members of JSON merge patches (RFC 7396).

use serde::{Deserialize, Deserializer};

/// Reads a member of a merge patch that can be changed and not removed: it may be absent, and `null` is refused.
///
/// # Errors
/// If the value is not of the type.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Reads a member of a merge patch that can be changed and removed: it may be absent, and `null` removes it.
///
/// # Errors
/// If the value is neither of the type nor `null`.
pub fn removable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(value).map(Some)
}
