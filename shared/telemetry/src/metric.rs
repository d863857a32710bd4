//! What the shop measures of itself, published in CloudWatch's embedded metric format: a line on standard output, from which
//! CloudWatch Logs makes the metric. No call, nothing to flush, and nothing is lost with a process that dies afterwards.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use strum::{IntoStaticStr, VariantArray};

/// Where the metrics are in CloudWatch.
pub const NAMESPACE: &str = "Bodega";

/// What all of them are told apart by; alarms name exactly these.
pub const DIMENSIONS: [&str; 2] = ["stage", "service"];

/// What the events that carry metrics are known by.
pub(crate) const TARGET: &str = "bodega::metric";

/// A measurement. Alarms and the dashboard know it by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum Metric {
    /// Orders that customers have placed.
    OrdersPlaced,
    /// Orders that are paid.
    OrdersConfirmed,
    /// Orders that were to end, and that the last run of the schedule could not end.
    OrdersStuck,
    /// Payments whose amount was another than their order's price: 1 for each, 0 for each that was right.
    CaptureMismatch,
    /// How long the oldest event has been waiting that should have gone out; 0 when none should.
    OutboxAge,
    /// Payments that the last run of the schedule could not settle: what the gateway has done is not known.
    PaymentsUnknown,
    /// Payments taken.
    PaymentsCaptured,
    /// Attempts to pay that the customer's bank, or the gateway for them, has declined.
    PaymentsDeclined,
    /// Mails that SES has taken.
    MailsSent,
    /// Mails that SES has refused.
    MailsRefused,
}

impl Metric {
    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What its values count.
    #[must_use]
    pub fn unit(self) -> &'static str {
        if self == Self::OutboxAge { "Seconds" } else { "Count" }
    }

    /// Publishes a value. Outside of a function, as in a test, that goes nowhere but to
    /// [`Published`](crate::Published).
    pub fn publish(self, value: u64) {
        tracing::info!(target: TARGET, metric = self.name(), unit = self.unit(), value);
    }
}

/// Makes a metric of an event's fields: what was `metric`, `unit` and `value` becomes what the embedded metric format asks
/// for; ids beside it stay, for whoever wants to know which order it was.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(crate) fn embed(fields: &mut Map<String, Value>, stage: &str, now: Timestamp) {
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (name, unit, value) = (take("metric"), take("unit"), take("value"));
    let metrics = json!([{ "Name": name, "Unit": unit }]);
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [DIMENSIONS], "Metrics": metrics });
    fields.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] }),
    );
    fields.insert("stage".to_owned(), stage.into());
    if let Value::String(name) = name {
        fields.insert(name, value);
    }
}
