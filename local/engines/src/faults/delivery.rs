//! Faults between a queue and its function.

use std::fmt;

/// A delivery: the n-th message (from 1) that a queue's consumer has received since counting began. A redelivery is not
/// counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delivery {
    /// The queue's full name.
    pub queue: String,
    /// Which of its messages, counted from 1.
    pub nth: u32,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.queue, self.nth)
    }
}

/// A fault in a delivery.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryFault {
    /// The function gets the message twice before it is deleted, the second time alone. Odd duplicates are concurrent
    /// with the first delivery, and even ones follow it.
    Duplicated,
    /// Delivered only after the next messages, or after a second without any.
    HeldBack,
    /// Received and never delivered: it is redelivered after its visibility timeout.
    Dropped,
    /// Received and never delivered, each time, until it becomes a dead letter. After a redrive it is delivered.
    DeadLettered,
}

impl DeliveryFault {
    /// The faults that pass without an operator.
    pub const ALL: [Self; 3] = [Self::Duplicated, Self::HeldBack, Self::Dropped];
}

impl fmt::Display for DeliveryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicated => "duplicated",
            Self::HeldBack => "held back",
            Self::Dropped => "dropped",
            Self::DeadLettered => "dead-lettered",
        })
    }
}
