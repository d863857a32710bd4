//! Events of the order service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{About, CaptureRequested, ConfirmationRequested, LinesCancelled, OrderNoted, events};
use crate::words::capture::CaptureMode;
use crate::words::goods::{Quantity, Sku};
use crate::words::id::{LinkTokenId, OrderId, PaymentId, RefundId, ReturnId, ShipmentId, UserId};
use crate::words::line::{Line, PricedLine};
use crate::words::money::Money;
use crate::words::pay_with::MethodUse;
use crate::words::payment_method::PaymentMethod;
use crate::words::setting::Label;
use crate::words::shipment::{ShippedLine, TrackingNumber, TrackingUrl};

events! {
    /// The order service's events.
    pub enum OrderEvent from "/bodega/orders" {
        /// A customer has placed an order; stock is held and payment is due.
        Placed(OrderPlaced) = "bodega.order.placed.v1" => [PaymentCommands, NotificationRequests];
        /// The order is paid.
        Confirmed(OrderSummary) = "bodega.order.confirmed.v1" => [StockCommands, NotificationRequests];
        /// The order was cancelled by its customer or the staff before it was paid.
        Cancelled(OrderSummary) = "bodega.order.cancelled.v1" => [StockCommands, PaymentCommands, NotificationRequests];
        /// The order was not paid in time.
        Expired(OrderSummary) = "bodega.order.expired.v1" => [StockCommands, PaymentCommands, NotificationRequests];
        /// The paid order cannot be delivered: its stock was released before its payment was known, and went to other
        /// orders. The money is refunded; the reservation is already settled.
        OutOfStock(OrderSummary) = "bodega.order.out_of_stock.v1" => [PaymentCommands, NotificationRequests];
        /// Money was captured for an order that had already ended. It is refunded, and the customer is notified once it
        /// is on its way.
        RefundRequested(OrderSummary) = "bodega.refund.requested.v1" => [PaymentCommands];
        /// Part of a paid order's money is to be refunded.
        RefundGranted(RefundGranted) = "bodega.refund.requested.v2" => [PaymentCommands];
        /// Authorised money is to be captured: that of a parcel, or all that is left before the authorisation ends.
        CaptureRequested(CaptureRequested) = "bodega.capture.requested.v1" => [PaymentCommands];
        /// The stock of a paid order was released before the product service received the confirmation. The order takes
        /// its pieces again, or is cancelled if other orders have them.
        StockRequested(OrderSummary) = "bodega.stock.requested.v1" => [StockCommands];
        /// The order was cancelled by its customer or the staff after it was paid. Its pieces and its money go back.
        CancelledAfterPayment(OrderCancelled) = "bodega.order.cancelled.v2" => [StockCommands, PaymentCommands, NotificationRequests];
        /// The staff have cancelled pieces of the order that were not shipped. They go back to the stock, and their price to the customer.
        LinesCancelled(LinesCancelled) = "bodega.order.lines_cancelled.v1" => [StockCommands, NotificationRequests];
        /// Pieces that a customer has sent back were received.
        ReturnReceived(ReturnReceived) = "bodega.return.received.v1" => [StockCommands, NotificationRequests];
        /// A customer sends pieces back, or has withdrawn from the contract before anything was shipped.
        ReturnRequested(ReturnRequested) = "bodega.return.requested.v1" => [NotificationRequests];
        /// The staff have decided whether the shop takes back what is said to be defective.
        ReturnDecided(ReturnDecided) = "bodega.return.decided.v1" => [NotificationRequests];
        /// Somebody has declared a withdrawal without signing in, and it became no return.
        StatementReceived(StatementReceived) = "bodega.statement.received.v1" => [AccountMails];
        /// Somebody has asked for a link to an order, with its number and its customer's address.
        LinkRequested(OrderLinkRequested) = "bodega.order.link_requested.v1" => [AccountMails];
        /// A parcel of the order was handed over to the carrier.
        Shipped(OrderShipped) = "bodega.order.shipped.v1" => [NotificationRequests];
        /// All pieces of the order have arrived.
        Delivered(OrderDelivered) = "bodega.order.delivered.v1" => [NotificationRequests];
        /// The staff have noted something about the order that its customer is to know.
        Noted(OrderNoted) = "bodega.order.noted.v1" => [NotificationRequests];
        /// The customer or the staff want the mail about the order once more.
        ConfirmationRequested(ConfirmationRequested) = "bodega.order.confirmation_requested.v1" => [NotificationRequests];
        /// A guest's order has become an account's.
        Reowned(OrderReowned) = "bodega.order.reowned.v1" => [PaymentCommands];
    }
}

/// An order, as sent to other services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderSummary {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// What was ordered.
    pub lines: Vec<PricedLine>,
    /// The price of the whole order, tax included.
    pub total: Money,
    /// The tax that the total contains.
    pub tax: Money,
    /// Why the order was cancelled, if not by its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EndCause>,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The price of shipping, if the order is shipped for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
    /// What was taken off it since it was placed, if anything was. Its lines and its total stay as they were agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduction: Option<Reduction>,
    /// Whether its money is authorised, and captured parcel by parcel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_authorized: bool,
}

/// What was taken off an order since it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reduction {
    /// The pieces that were cancelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<CancelledLine>,
    /// What was refunded, or is being refunded, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunds: Option<Money>,
    /// What was authorised for the cancelled pieces and is not captured, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_captured: Option<Money>,
}

/// Pieces of a line that were cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelledLine {
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces.
    pub quantity: Quantity,
    /// Their part of the line's total.
    pub total: Money,
}

/// Why an order was cancelled, if not by its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Its payment was declined, and this version ended such orders. The payment service's event notifies the customer.
    PaymentDeclined,
    /// Its authorisation was about to end, and nothing was shipped.
    AuthorizationEnded,
    /// A cause of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// A customer has placed an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderPlaced {
    /// The order.
    pub order: OrderSummary,
    /// What to charge: the payment gateway's token.
    pub payment_method: PaymentMethod,
    /// Whether the customer has saved it, or wants it saved. It is left out if neither.
    #[serde(default, skip_serializing_if = "MethodUse::is_once")]
    pub method_use: MethodUse,
    /// End of the stock hold.
    pub held_until: Timestamp,
    /// When its money is captured. It is left out if that is at once.
    #[serde(default, skip_serializing_if = "CaptureMode::is_automatic")]
    pub capture: CaptureMode,
}

/// Part of a paid order's money is to be refunded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundGranted {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The refund. Each refunds once.
    pub refund_id: RefundId,
    /// The amount.
    pub amount: Money,
    /// Why (`return`, `granted`, `cancelled`).
    pub reason: String,
}

impl About for RefundGranted {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// A paid order was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderCancelled {
    /// The order.
    pub order: OrderSummary,
}

/// Pieces of an order came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnReceived {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The return.
    pub return_id: ReturnId,
    /// What came back.
    pub lines: Vec<ReturnedLine>,
    /// What is refunded for it, if money was left to refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// The member of staff who has received it.
    pub received_by: UserId,
}

/// A customer sends pieces back, or has withdrawn from the contract before anything was shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnRequested {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The return.
    pub return_id: ReturnId,
    /// What is to come back; all that was ordered, if nothing was shipped.
    pub lines: Vec<ShippedLine>,
    /// Whether the staff have nothing to decide.
    pub is_decided: bool,
    /// By when the goods are to be sent, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_by: Option<Timestamp>,
    /// By when the money is paid back.
    pub refund_due_at: Timestamp,
}

/// The staff have decided about a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnDecided {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The return.
    pub return_id: ReturnId,
    /// What is in it.
    pub lines: Vec<ShippedLine>,
    /// Whether the shop takes it back.
    pub accepted: bool,
    /// By when the goods are to be sent, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_by: Option<Timestamp>,
}

/// Somebody has declared a withdrawal without signing in. No order can be told from it, or it was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatementReceived {
    /// The statement.
    pub statement_id: ReturnId,
    /// As whom the user service knows its author.
    pub user_id: UserId,
    /// What was stated as the order's number.
    pub number: String,
    /// What the withdrawal is from; from the whole contract, if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Whether an order has this number, and its customer the address of the statement.
    pub is_assigned: bool,
}

impl About for StatementReceived {
    fn subject(&self) -> String {
        self.statement_id.to_string()
    }
}

/// A link to an order is to be mailed to its customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderLinkRequested {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, or its id if it has none.
    pub number: String,
    /// The link, which the user service computes when the mail is sent.
    pub token_id: LinkTokenId,
}

impl About for OrderLinkRequested {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// Returned pieces of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnedLine {
    /// The SKU.
    pub sku: Sku,
    /// Pieces that are sold again.
    #[serde(default)]
    pub restock: u32,
    /// Pieces that are not.
    #[serde(default)]
    pub write_off: u32,
}

impl ReturnedLine {
    /// Returns how many pieces came back.
    #[must_use]
    pub fn pieces(&self) -> u64 {
        u64::from(self.restock) + u64::from(self.write_off)
    }
}

impl About for OrderCancelled {
    fn subject(&self) -> String {
        self.order.subject()
    }
}

impl About for ReturnRequested {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for ReturnDecided {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for ReturnReceived {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// An order has become another customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderReowned {
    /// The order.
    pub order_id: OrderId,
    /// The customer whose order it is from now on.
    pub user_id: UserId,
}

/// A parcel of an order is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderShipped {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The parcel.
    pub shipment_id: ShipmentId,
    /// What is in it.
    pub lines: Vec<ShippedLine>,
    /// The carrier, for people.
    pub carrier: Label,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<TrackingNumber>,
    /// The carrier's page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<TrackingUrl>,
    /// Whether nothing of the order is left to ship.
    pub complete: bool,
}

impl About for OrderShipped {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// All pieces of an order have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderDelivered {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl About for OrderDelivered {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for OrderReowned {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for OrderSummary {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for OrderPlaced {
    fn subject(&self) -> String {
        self.order.subject()
    }
}
