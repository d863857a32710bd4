//! Prefixed identifiers: `usr_01J…`. Sortable by creation and unguessable (ULID), unless noted otherwise.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// The text is not a valid id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: expected `{prefix}_` and 26 characters of Crockford base 32")]
pub struct InvalidId {
    prefix: &'static str,
}

/// An id assigned to a new entity.
pub trait NewId: fmt::Display {
    /// Returns the id of an entity created at `milliseconds` since the Unix epoch, with 80 random bits.
    fn from_parts(milliseconds: u64, random: u128) -> Self;
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident = $prefix:literal;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// Returns the id of an entity created at `milliseconds` since the Unix epoch, with 80 random bits.
            #[must_use]
            pub const fn from_parts(milliseconds: u64, random: u128) -> Self {
                Self(Ulid::from_parts(milliseconds, random))
            }

            /// Derives the same id from the same parts; such an id does not sort by time. Parts are separated before
            /// hashing, so that `("ab", "c")` and `("a", "bc")` differ.
            #[must_use]
            pub fn derived_from(parts: &[&str]) -> Self {
                Self(Ulid(digest(parts)))
            }
        }

        impl NewId for $name {
            fn from_parts(milliseconds: u64, random: u128) -> Self {
                Self::from_parts(milliseconds, random)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { prefix: $prefix };
                let ulid = text.strip_prefix(concat!($prefix, "_")).ok_or(invalid.clone())?;
                let id = Self(Ulid::from_string(ulid).map_err(|_| invalid.clone())?);
                // Each id has one spelling, so that it can be compared and used as a key as written: lower case, and
                // the letters that base 32 reads as digits, are rejected.
                if id.to_string() == text { Ok(id) } else { Err(invalid) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        #[cfg(feature = "schema")]
        $crate::schema::text! {
            $name: concat!($($doc),+),
            {
                "examples": [concat!($prefix, "_01KAR8J3YT5QZ8W2N6V4C1D7EF")],
                "pattern": concat!("^", $prefix, "_[0-7][0-9A-HJKMNP-TV-Z]{25}$"),
            }
        }
    )*};
}

ids! {
    /// A user's account.
    UserId = "usr";
    /// A signed-in session: one refresh-token family.
    SessionId = "ses";
    /// A client that a user has signed in with.
    DeviceId = "dev";
    /// A link in a mail.
    LinkTokenId = "tok";
    /// A user's setup of a second factor.
    EnrolmentId = "enr";
    /// A sign-in that waits for its second factor.
    ChallengeId = "chl";
    /// An address that a user has saved; drawn by the user's client.
    AddressId = "adr";
    /// A product of the catalogue.
    ProductId = "prd";
    /// A change of a product.
    ProductChangeId = "chg";
    /// A snapshot of the catalogue, for search.
    SnapshotId = "snp";
    /// A picture of a product.
    ImageId = "img";
    /// A file of products that staff import.
    ImportId = "imp";
    /// An adjustment of stock: by hand, by a row of an imported file, or by returned pieces that are not sold again.
    AdjustmentId = "adj";
    /// An order; derived from the customer and the Idempotency-Key, so every retry refers to the same order.
    OrderId = "ord";
    /// The payment of one order; derived from the order.
    PaymentId = "pay";
    /// One attempt to charge a payment; derived from the payment and the attempt's number.
    AttemptId = "att";
    /// A refund of a payment; derived from the payment and its cause.
    RefundId = "ref";
    /// A capture of a part of a payment; derived from the parcel that it pays.
    CaptureId = "cap";
    /// A parcel; derived from the order and the Idempotency-Key of whoever ships it.
    ShipmentId = "shp";
    /// Money that a customer claims back through their bank; derived from the payment gateway's id for it.
    DisputeId = "dsp";
    /// Goods that a customer sends back; derived from the order and the Idempotency-Key of whoever asks for it, and sorted by time.
    ReturnId = "rtn";
    /// Pieces of an order that the staff cancel; derived from the order and the Idempotency-Key of whoever cancels them.
    CancellationId = "cnl";
    /// An entry of an order's timeline; derived from the order's version, and sorted by time.
    EntryId = "ent";
    /// An event.
    EventId = "evt";
}

impl PaymentId {
    /// Returns the id of the order's payment. An order has one payment, so the id is derived.
    #[must_use]
    pub fn of(order: OrderId) -> Self {
        Self::derived_from(&[&order.to_string()])
    }
}

impl CaptureId {
    /// Returns the id of the capture that a parcel causes.
    #[must_use]
    pub const fn of_shipment(shipment: ShipmentId) -> Self {
        Self(shipment.0)
    }

    /// Returns the id of the capture that cancelling the last pieces causes, which only releases the rest.
    #[must_use]
    pub const fn of_cancellation(cancellation: CancellationId) -> Self {
        Self(cancellation.0)
    }

    /// Returns the id of the capture of all that is left of an order, before its authorisation ends.
    #[must_use]
    pub fn of_the_rest(order: OrderId) -> Self {
        Self::derived_from(&[&order.to_string(), "rest"])
    }
}

impl OrderId {
    /// Returns its bits. They are evenly distributed, since the id is derived from a digest.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0.0
    }
}

impl AdjustmentId {
    /// Returns the id of the adjustment that a row of an imported file asks for: always the same one, so it is made once. It sorts by
    /// the time of the import.
    #[must_use]
    pub fn of_row(import: ImportId, row: u64) -> Self {
        Self::from_parts(import.0.timestamp_ms(), digest(&[&import.to_string(), &row.to_string()]))
    }

    /// Returns the id of the adjustment for returned pieces that are not sold again. It sorts by the time of the return.
    #[must_use]
    pub fn of_return(returned: ReturnId, sku: &str) -> Self {
        Self::from_parts(returned.0.timestamp_ms(), digest(&[&returned.to_string(), sku]))
    }
}

impl ReturnId {
    /// Returns the id under which the stock counts cancelled pieces: they come back as returned ones do.
    #[must_use]
    pub const fn of_cancellation(cancellation: CancellationId) -> Self {
        Self(cancellation.0)
    }

    /// Returns the id of the return that was asked for at a time, under a key. It sorts by that time.
    #[must_use]
    pub fn asked_for(at: Timestamp, parts: &[&str]) -> Self {
        Self::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), digest(parts))
    }
}

impl EntryId {
    /// Returns the id of the note that was written at a time, under a key. It sorts by that time.
    #[must_use]
    pub fn of_note(at: Timestamp, parts: &[&str]) -> Self {
        Self::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), digest(parts))
    }
}

impl EventId {
    /// Returns the event's creation time.
    #[must_use]
    pub fn created_at(self) -> Timestamp {
        time(self.0)
    }
}

impl DeviceId {
    /// Returns when the user signed in with it first.
    #[must_use]
    pub fn created_at(self) -> Timestamp {
        time(self.0)
    }
}

fn time(id: Ulid) -> Timestamp {
    // Unreachable in practice: the clock would have to be past the year 9999.
    let milliseconds = i64::try_from(id.timestamp_ms()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

/// Returns the first `count` bits, at most 64, of the digest of parts that are separated as those of an id are.
pub(crate) fn leading_bits(parts: &[&str], count: u32) -> u64 {
    u64::try_from(digest(parts) >> (128 - count)).unwrap_or_default()
}

fn digest(parts: &[&str]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let hash = hasher.finalize();
    hash.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back(milliseconds in 0..(1u64 << 48), random in 0..(1u128 << 80)) {
            let id = OrderId::from_parts(milliseconds, random);
            prop_assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        }

        #[test]
        fn each_id_has_one_spelling(text in "ord_[0-9a-zA-Z]{26}") {
            if let Ok(id) = text.parse::<OrderId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn ids_sort_by_time(a in 0..(1u64 << 48), b in 0..(1u64 << 48)) {
            let (first, second) = (UserId::from_parts(a, 0).to_string(), UserId::from_parts(b, 0).to_string());
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let user = UserId::from_parts(0, 1).to_string();
        assert!(user.parse::<OrderId>().is_err());
        assert!("ord_".parse::<OrderId>().is_err());
        assert!("ord_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<OrderId>().is_err(), "over 128 bits");
    }

    #[test]
    fn each_row_of_an_import_has_one_adjustment_that_sorts_by_the_time_of_the_import() {
        let import = ImportId::from_parts(1_700_000_000_000, 7);
        let id = AdjustmentId::of_row(import, 2);
        assert_eq!(id, AdjustmentId::of_row(import, 2));
        assert_ne!(id, AdjustmentId::of_row(import, 3));
        assert_ne!(id, AdjustmentId::of_row(ImportId::from_parts(1_700_000_000_000, 8), 2));
        assert!(id > AdjustmentId::from_parts(1_699_999_999_999, u128::MAX));
        assert!(id < AdjustmentId::from_parts(1_700_000_000_001, 0));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn derived_ids_keep_their_parts_apart() {
        assert_eq!(OrderId::derived_from(&["ab", "c"]), OrderId::derived_from(&["ab", "c"]));
        assert_ne!(OrderId::derived_from(&["ab", "c"]), OrderId::derived_from(&["a", "bc"]));
    }
}
