//! Events between the services: CloudEvents 1.0 envelopes around versioned, typed data.
//!
//! Events contain ids and order lines, never an e-mail address or a name. The sender of a mail reads the address from
//! the user service at the moment of sending. Each service has its own enum of events, which specifies their
//! destination queues.

mod capturing;
mod desk;
mod disputes;
mod envelope;
mod orders;
mod payments;
mod products;
mod staff;
mod users;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

pub use capturing::{CaptureFailed, CaptureRequested, PartCaptured};
pub use desk::{ConfirmationRequested, LinesCancelled, OrderNoted, OrderState};
pub use disputes::{DisputeClosed, DisputeOpened, DisputeOutcome, DisputeReported};
pub use envelope::{ContentType, Envelope, SpecVersion};
pub use orders::{
    CancelledLine, EndCause, OrderCancelled, OrderDelivered, OrderEvent, OrderLinkRequested, OrderPlaced,
    OrderReowned, OrderShipped, OrderSummary, Reduction, RefundGranted, ReturnDecided, ReturnReceived,
    ReturnRequested, ReturnedLine, StatementReceived,
};
pub use payments::{
    GatewayReported, LOST_IN_DISPUTE, ORDER_ENDED, PaymentEvent, PaymentFailed, PaymentOutcome, RefundFailed,
    RefundSucceeded, is_of_a_failed_refund,
};
pub use products::{ProductEvent, ReservationExpired, ReservationLost, StockAnnounced, StockLow};
pub use staff::{StaffActed, StaffEvent};
pub use users::{
    EmailChanged, ErasureRequested, LinkPurpose, LinkRequested, PasswordChanged, RolesChanged,
    SecondFactorChanged, UserErased, UserEvent, UserMerged, UserRegistered,
};

/// The field of [`OrderPlaced`] that payments alone needs.
const PAYMENT_METHOD: &str = "payment_method";

/// A payment method that names none.
const LEFT_OUT: &str = "pm_left_out";

/// The queues that link the services; each has one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// To payments: orders to charge, void or refund.
    PaymentCommands,
    /// To products: reservations to commit or release.
    StockCommands,
    /// To orders: the outcome of payments and reservations.
    OrderEvents,
    /// To notifications: events of orders and payments that customers may be notified of.
    NotificationRequests,
    /// To notifications: what an account's owner is told by mail. Anyone can cause many of these, so no order's mail waits
    /// behind them.
    AccountMails,
    /// To orders: what happens to customers.
    CustomerEvents,
    /// To users: what the staff do, for the record.
    AuditEvents,
}

impl Queue {
    /// Returns the name without the deployment's prefix: `payment-commands`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaymentCommands => "payment-commands",
            Self::StockCommands => "stock-commands",
            Self::OrderEvents => "order-events",
            Self::NotificationRequests => "notification-requests",
            Self::AccountMails => "account-mails",
            Self::CustomerEvents => "customer-events",
            Self::AuditEvents => "audit-events",
        }
    }

    /// Returns a one-letter code, for places where every byte counts. It never changes.
    #[must_use]
    pub const fn code(self) -> char {
        match self {
            Self::PaymentCommands => 'P',
            Self::StockCommands => 'S',
            Self::OrderEvents => 'O',
            Self::NotificationRequests => 'N',
            Self::AccountMails => 'A',
            Self::CustomerEvents => 'C',
            Self::AuditEvents => 'R',
        }
    }

    /// Returns an envelope, as JSON, as this queue receives it. What only other consumers need is replaced: a queue and its
    /// dead letters keep it for weeks. Consumers of every version find the field that they expect.
    ///
    /// # Errors
    /// If the envelope is not JSON.
    pub fn receives(self, envelope: &str) -> Result<Cow<'_, str>, serde_json::Error> {
        let needs_payment_method = match self {
            Self::PaymentCommands => true,
            Self::StockCommands
            | Self::OrderEvents
            | Self::NotificationRequests
            | Self::AccountMails
            | Self::CustomerEvents
            | Self::AuditEvents => false,
        };
        if needs_payment_method || !envelope.contains(PAYMENT_METHOD) {
            return Ok(envelope.into());
        }
        let mut envelope: serde_json::Value = serde_json::from_str(envelope)?;
        if let Some(token) = envelope.pointer_mut(&format!("/data/{PAYMENT_METHOD}")) {
            *token = LEFT_OUT.into();
        }
        Ok(envelope.to_string().into())
    }

    /// Returns the queue with this [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|queue| queue.name() == name)
    }

    /// Returns the queue with this [`code`](Self::code).
    #[must_use]
    pub fn of_code(code: char) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|queue| queue.code() == code)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type of event as `docs/api/events.md` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// The CloudEvents type: `bodega.order.placed.v1`. Its meaning never changes. A new meaning gets a new version.
    pub name: &'static str,
    /// The originating service: `/bodega/orders`; or `/bodega/staff`, whose events come from several.
    pub source: &'static str,
    /// The destination queues; none while only the consumers know the type, in the release before it is sent.
    pub queues: &'static [Queue],
    /// When it happens: the variant's doc comment.
    pub when: &'static [&'static str],
}

/// The subject of an event's data.
pub trait About {
    /// Returns the subject's id, for the envelope's `subject`.
    fn subject(&self) -> String;
}

/// Declares a service's events: each variant with its data, type and queues. No other place defines where an event is
/// sent.
macro_rules! events {
    (
        $(#[$outer:meta])*
        pub enum $name:ident from $source:literal {
            $(
                $(#[doc = $doc:literal])+
                $variant:ident($data:ty) = $type:literal => [$($queue:ident),* $(,)?];
            )+
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "type", content = "data")]
        pub enum $name {
            $(
                $(#[doc = $doc])+
                #[serde(rename = $type)]
                $variant($data),
            )+
        }

        impl $name {
            /// All event types of the service.
            pub const TYPES: &'static [$crate::events::EventType] = &[$(
                $crate::events::EventType {
                    name: $type,
                    source: $source,
                    queues: &[$($crate::events::Queue::$queue),*],
                    when: &[$($doc),+],
                },
            )+];

            /// Returns the event's type.
            #[must_use]
            pub fn event_type(&self) -> &'static $crate::events::EventType {
                let name = match self {
                    $(Self::$variant(_) => $type,)+
                };
                Self::TYPES.iter().find(|known| known.name == name).unwrap_or(&Self::TYPES[0])
            }

            /// Returns the id of the event's subject.
            #[must_use]
            pub fn subject(&self) -> String {
                match self {
                    $(Self::$variant(data) => $crate::events::About::subject(data),)+
                }
            }
        }
    };
}
use events;

/// An event of any service, as received from a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// An event of the user service.
    User(UserEvent),
    /// An event of the product service.
    Product(ProductEvent),
    /// An event of the order service.
    Order(OrderEvent),
    /// An event of the payment service.
    Payment(PaymentEvent),
    /// An event about the staff, of any service.
    Staff(StaffEvent),
    /// An event of a type unknown to this version, sent by a newer one. It is reported and not acted on.
    Unknown(UnknownEvent),
}

/// An event of a type unknown to this version, as received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEvent {
    /// The CloudEvents type.
    #[serde(rename = "type")]
    pub name: String,
    /// The data.
    #[serde(default)]
    pub data: serde_json::Value,
}

/// The consumer does not handle the event: its type is unknown to this version, or it belongs to another queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this consumer does not handle events of type {name}")]
pub struct NotHandled {
    /// The event's type.
    pub name: String,
}

/// Returns every event type.
pub fn types() -> impl Iterator<Item = &'static EventType> {
    let services = [UserEvent::TYPES, ProductEvent::TYPES, OrderEvent::TYPES, PaymentEvent::TYPES];
    services.into_iter().chain([StaffEvent::TYPES]).flatten()
}

impl Event {
    /// Returns the event's type; `None` if this version does not know it.
    #[must_use]
    pub fn event_type(&self) -> Option<&'static EventType> {
        match self {
            Self::User(event) => Some(event.event_type()),
            Self::Product(event) => Some(event.event_type()),
            Self::Order(event) => Some(event.event_type()),
            Self::Payment(event) => Some(event.event_type()),
            Self::Staff(event) => Some(event.event_type()),
            Self::Unknown(_) => None,
        }
    }

    /// Returns the name of the event's type.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown(event) => &event.name,
            known => known.event_type().map_or("", |known| known.name),
        }
    }

    /// Returns the destination queues.
    #[must_use]
    pub fn queues(&self) -> &'static [Queue] {
        self.event_type().map_or(&[], |known| known.queues)
    }

    /// Returns the originating service.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.event_type().map_or("", |known| known.source)
    }

    /// Returns the id of the event's subject.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::User(event) => event.subject(),
            Self::Product(event) => event.subject(),
            Self::Order(event) => event.subject(),
            Self::Payment(event) => event.subject(),
            Self::Staff(event) => event.subject(),
            Self::Unknown(_) => String::new(),
        }
    }

    /// Returns the error of a consumer that does not handle this event.
    #[must_use]
    pub fn not_handled(&self) -> NotHandled {
        NotHandled { name: self.name().to_owned() }
    }
}

/// Converts the events of a service to those of any.
macro_rules! converted {
    ($($variant:ident from $event:ty),+) => {$(
        impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$variant(event)
            }
        }
    )+};
}
converted! {
    User from UserEvent, Product from ProductEvent, Order from OrderEvent, Payment from PaymentEvent, Staff from StaffEvent
}

/// The type selects the service whose event enum decodes the data. Unknown fields in the data of a known type are
/// ignored; missing fields are errors.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = UnknownEvent::deserialize(deserializer)?;
        let knows = |types: &[EventType]| types.iter().any(|known| known.name == event.name);
        let decoded = if knows(UserEvent::TYPES) {
            decode(event).map(Self::User)
        } else if knows(ProductEvent::TYPES) {
            decode(event).map(Self::Product)
        } else if knows(OrderEvent::TYPES) {
            decode(event).map(Self::Order)
        } else if knows(PaymentEvent::TYPES) {
            decode(event).map(Self::Payment)
        } else if knows(StaffEvent::TYPES) {
            decode(event).map(Self::Staff)
        } else {
            Ok(Self::Unknown(event))
        };
        decoded.map_err(serde::de::Error::custom)
    }
}

fn decode<T: for<'de> Deserialize<'de>>(event: UnknownEvent) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::json!({ "type": event.name, "data": event.data }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::payment_method::PaymentMethod;

    #[test]
    fn serialised_queue_names_and_codes_are_stable() {
        for queue in types().flat_map(|known| known.queues) {
            assert_eq!(serde_json::to_value(queue).unwrap(), queue.name());
            assert_eq!(Queue::of_code(queue.code()), Some(*queue), "codes differ");
        }
    }

    #[test]
    fn only_payments_receives_the_payment_method() {
        let json = r#"{"id":"evt_1","data":{"payment_method":"pm_card_visa","order":{"payment_method":1}}}"#;
        assert_eq!(Queue::PaymentCommands.receives(json).unwrap(), json);
        for queue in Queue::VARIANTS.iter().copied().filter(|queue| *queue != Queue::PaymentCommands) {
            let received: serde_json::Value = serde_json::from_str(&queue.receives(json).unwrap()).unwrap();
            let expected = serde_json::json!({
                "id": "evt_1", "data": { "payment_method": LEFT_OUT, "order": { "payment_method": 1 } },
            });
            assert_eq!(received, expected);
            assert_eq!(Queue::named(queue.name()), Some(queue));
        }
        let other = r#"{"data":{"note":"payment_method"}}"#;
        assert_eq!(Queue::NotificationRequests.receives(other).unwrap(), other);
        PaymentMethod::try_new(LEFT_OUT).unwrap();
    }

    #[test]
    fn an_unknown_type_keeps_its_name_and_data() {
        let json = serde_json::json!({ "type": "bodega.order.forgotten.v1", "data": { "order_id": "x" } });
        let event: Event = serde_json::from_value(json.clone()).unwrap();
        assert!(matches!(event, Event::Unknown(_)) && event.queues().is_empty());
        assert_eq!(event.name(), "bodega.order.forgotten.v1");
        assert_eq!(serde_json::to_value(event).unwrap(), json);
    }

    #[test]
    fn a_known_type_with_invalid_data_is_an_error() {
        let json = serde_json::json!({ "type": "bodega.stock.low.v1", "data": { "sku": "CUP" } });
        assert!(serde_json::from_value::<Event>(json).is_err());
    }
}
