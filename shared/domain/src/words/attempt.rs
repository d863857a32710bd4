//! The number of an attempt to pay, from 1.

/// The number of the first attempt.
#[must_use]
pub const fn first() -> u32 {
    1
}

/// Returns whether this is the first attempt, whose number is left out of rows and events.
#[must_use]
pub const fn is_first(attempt: &u32) -> bool {
    *attempt == first()
}
