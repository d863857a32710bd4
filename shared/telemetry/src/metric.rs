//! Business metrics in CloudWatch's embedded metric format: lines on standard output from which CloudWatch Logs creates
//! metrics. There is no call and nothing to flush, and nothing is lost if the process dies afterwards.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use strum::{IntoStaticStr, VariantArray};

/// The metrics' namespace in CloudWatch.
pub const NAMESPACE: &str = "Bodega";

/// The dimensions of every metric; alarms name exactly these.
pub const DIMENSIONS: [&str; 2] = ["stage", "service"];

/// The target of events that carry metrics.
pub(crate) const TARGET: &str = "bodega::metric";

/// A metric. Alarms and the dashboard refer to it by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum Metric {
    /// Empty carts that customers have put something into.
    CartsStarted,
    /// Carts that customers have ordered.
    CartConversions,
    /// Orders that customers have placed.
    OrdersPlaced,
    /// Orders that are paid.
    OrdersConfirmed,
    /// Orders of which the last piece was shipped.
    OrdersShipped,
    /// Returns whose goods came back.
    ReturnsReceived,
    /// Orders of which a return should have been paid back by now.
    RefundsOverdue,
    /// How long the oldest order has been due to expire.
    OrdersOverdue,
    /// Orders that the last scheduled run should have expired but could not.
    OrdersStuck,
    /// Orders that could not be expired for hours, and are no longer tried.
    OrdersSetApart,
    /// How long the oldest reservation has been due to be released.
    ReservationsOverdue,
    /// Reservations that the last scheduled run should have released but could not.
    ReservationsStuck,
    /// Reservations that could not be released for hours, and are no longer tried.
    ReservationsSetApart,
    /// Payments whose amount differs from their order's price, or from the payment gateway's record: 1 for each mismatch.
    /// The order service also publishes 0 for each match.
    CaptureMismatch,
    /// Paid orders whose stock was released because the product service did not receive their confirmation in time.
    PaidStockReleased,
    /// Orders of which a part was shipped, and whose stock has gone to other orders.
    ShippedStockLost,
    /// Age of the oldest overdue event in the outbox; 0 if there is none.
    OutboxAge,
    /// Overdue events that the last scheduled run could not send or read.
    OutboxStuck,
    /// How long the oldest payment has been due to be settled.
    PaymentsOverdue,
    /// Payments that the last scheduled run could not settle: the gateway's outcome is unknown.
    PaymentsUnknown,
    /// Payments that could not be settled for hours, and are no longer tried.
    PaymentsSetApart,
    /// Payments captured.
    PaymentsCaptured,
    /// Payment attempts declined by the customer's bank or the gateway.
    PaymentsDeclined,
    /// Refunds that the gateway could not deliver.
    RefundsFailed,
    /// Payments that customers have disputed with their bank.
    DisputesOpened,
    /// Parts of payouts that are not what the shop's books have.
    PayoutMismatch,
    /// Webhooks that were refused: not signed with the endpoint's secret, too old, or of the other mode.
    WebhookSignatureInvalid,
    /// Mails accepted by SES.
    MailsSent,
    /// Mails rejected by SES.
    MailsRefused,
    /// Mails that SES could not deliver.
    MailsBounced,
    /// Mails that their recipients have reported as unwanted.
    MailsComplained,
    /// Attempts to sign in that were refused.
    LogInsRefused,
    /// Sessions that were revoked because an old refresh token was used again.
    RefreshTokensReused,
    /// Changes made by callers with a role.
    AdminWrites,
    /// How long the oldest account has been due to be erased.
    ErasuresOverdue,
    /// Accounts that the last scheduled run should have erased but could not.
    ErasuresStuck,
    /// Accounts that could not be erased for hours, and are no longer tried.
    ErasuresSetApart,
    /// How long ago the snapshot that customers search was last found to be what the catalogue is.
    SearchIndexAge,
    /// Rows of products and stock that the last index lacks because they cannot be read.
    SearchRowsUnread,
    /// SKUs that customers can see.
    SkusForSale,
    /// SKUs that customers can see, and of which there is nothing left.
    SkusSoldOut,
    /// How long the key has signed access tokens that signs them.
    SigningKeyAge,
}

impl Metric {
    /// Returns the metric's name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns the unit of the metric's values.
    #[must_use]
    pub fn unit(self) -> &'static str {
        let is_age = matches!(
            self,
            Self::OrdersOverdue
                | Self::ReservationsOverdue
                | Self::PaymentsOverdue
                | Self::OutboxAge
                | Self::ErasuresOverdue
                | Self::SigningKeyAge
                | Self::SearchIndexAge
        );
        if is_age { "Seconds" } else { "Count" }
    }

    /// Publishes a value. Outside a function, for example in a test, only [`Published`](crate::Published) receives it.
    pub fn publish(self, value: u64) {
        tracing::info!(target: TARGET, metric = self.name(), unit = self.unit(), value);
    }
}

/// Turns an event's fields into a metric: replaces `metric`, `unit` and `value` with the embedded metric format's
/// fields. Other ids stay, to show for example which order it was.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(crate) fn embed(fields: &mut Map<String, Value>, now: Timestamp) {
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (name, unit, value) = (take("metric"), take("unit"), take("value"));
    let metrics = json!([{ "Name": name, "Unit": unit }]);
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [DIMENSIONS], "Metrics": metrics });
    fields.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] }),
    );
    if let Value::String(name) = name {
        fields.insert(name, value);
    }
}
