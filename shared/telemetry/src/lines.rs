//! Log events as lines of JSON.

use std::error::Error;
use std::fmt::Debug;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::redaction::redacted;
use crate::{SECURITY, chain, metric};

/// The identity of the process, which is the same in all its lines.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) operation: &'static str,
    pub(crate) service: String,
    pub(crate) stage: String,
}

/// Formats every event as a line and passes it to `write`.
///
/// Existing JSON layers lack three things: span fields at the top level, where CloudWatch's queries find them by name;
/// metrics among the lines; and one place that redacts every text before it is written.
pub(crate) struct Lines<W> {
    identity: Identity,
    level: LevelFilter,
    write: W,
}

impl<W: Fn(String)> Lines<W> {
    pub(crate) fn new(identity: Identity, level: LevelFilter, write: W) -> Self {
        Self { identity, level, write }
    }

    /// Returns whether an event comes from the shop's own code.
    fn is_ours(&self, target: &str) -> bool {
        let crate_name = target.split("::").next().unwrap_or_default();
        let binary = || self.identity.operation.replace('-', "_");
        matches!(crate_name, "domain" | "edge" | "peers" | "relay" | "store" | "telemetry")
            || crate_name == self.identity.service
            || crate_name == binary()
    }

    fn line(&self, event: &Event<'_>, mut fields: Map<String, Value>) -> String {
        let now = Timestamp::now();
        fields.insert("operation".to_owned(), self.identity.operation.into());
        fields.insert("service".to_owned(), self.identity.service.as_str().into());
        fields.insert("stage".to_owned(), self.identity.stage.as_str().into());
        // Without both of these, Lambda assigns the level INFO to a line.
        fields.insert("timestamp".to_owned(), format!("{now:.3}").into());
        fields.insert("level".to_owned(), event.metadata().level().as_str().into());
        match event.metadata().target() {
            metric::TARGET => metric::embed(&mut fields, now),
            SECURITY => {
                fields.insert("log".to_owned(), "security".into());
            }
            _ => {}
        }
        Value::Object(fields).to_string()
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(String) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        if metadata.is_span() {
            // The SDKs and the runtime have spans with their own fields.
            return self.is_ours(metadata.target());
        }
        let level = *metadata.level();
        match metadata.target() {
            // A metric is not a log message, and the security log has no levels.
            metric::TARGET | SECURITY => true,
            target if self.is_ours(target) => level <= self.level,
            // Below WARN, the SDKs and their HTTP stack log whole requests and replies.
            _ => level <= self.level.min(LevelFilter::WARN),
        }
    }

    /// Spares what nobody logs: the SDKs have a DEBUG span around each of their steps. Spans, metrics and the security
    /// log are INFO.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        (self.write)(self.line(event, fields.0));
    }
}

/// The fields of a span or an event. Every text is redacted when it is recorded.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, redacted(value).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, redacted(&format!("{value:?}")).into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, redacted(&chain(value)).into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, json!(value));
    }
}

#[cfg(test)]
pub(crate) mod tests;
