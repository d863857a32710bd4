//! The log lines of functions and the host, and the sinks that they go to.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

/// The origin of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogSource {
    /// The function's standard output or error.
    Function,
    /// The host: `START`, `END`, `REPORT`, and errors outside the function.
    Platform,
}

/// One line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub operation: String,
    /// The invocation that was running, if any.
    pub request_id: Option<String>,
    pub source: LogSource,
    /// The line, without the line break.
    pub line: String,
}

/// Receives every line. It is called on the host's own threads, so it must not block.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// Returns a sink that discards all lines.
#[must_use]
pub fn silent() -> LogSink {
    Arc::new(drop)
}

/// Returns a sink that prints to standard output, with the operation as a prefix, and in colour at a terminal.
///
/// A structured line becomes `LEVEL message field=value`. Metrics (embedded metric format), `START` and `END` are
/// omitted.
#[must_use]
pub fn pretty() -> LogSink {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Arc::new(move |line| {
        let Some(text) = render(&line) else { return };
        let prefix = prefix(&line.operation, colour);
        // A closed standard output must not stop the cloud.
        if writeln!(std::io::stdout().lock(), "{prefix} {text}").is_err() {
            tracing::trace!("standard output is closed");
        }
    })
}

/// Formats the operation as a column. An operation always has the same colour.
fn prefix(operation: &str, colour: bool) -> String {
    const COLOURS: [u8; 10] = [31, 32, 33, 34, 35, 36, 92, 94, 95, 96];
    let name = format!("{operation:>22} │");
    if !colour {
        return name;
    }
    let hash =
        operation.bytes().fold(7_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
    format!("\u{1b}[{}m{name}\u{1b}[0m", COLOURS[hash % COLOURS.len()])
}

/// Formats a line for people. Returns `None` if it should be omitted.
fn render(line: &LogLine) -> Option<String> {
    if line.source == LogSource::Platform {
        let chatter = line.line.starts_with("START ") || line.line.starts_with("END ");
        return (!chatter).then(|| line.line.replace('\t', "  "));
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(&line.line) else { return Some(line.line.clone()) };
    if fields.contains_key("_aws") {
        return None;
    }
    let mut parts = Vec::new();
    // tracing-subscriber nests an event's fields unless it is configured to flatten them.
    let nested = fields.get("fields").and_then(Value::as_object);
    let mut message = None;
    for (name, value) in fields.iter().chain(nested.into_iter().flatten()) {
        match name.as_str() {
            "message" => message = Some(plain(value)),
            "level" | "fields" | "timestamp" | "time" | "target" | "span" | "spans" | "operation"
            | "requestId" | "request_id" | "AWSRequestId" => {}
            _ => parts.push(format!("{name}={}", plain(value))),
        }
    }
    let level = fields.get("level").map(plain).unwrap_or_default();
    let head = [level, message.unwrap_or_default()];
    Some(head.into_iter().chain(parts).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(source: LogSource, line: &str) -> Option<String> {
        let operation = "place-order".to_owned();
        render(&LogLine { operation, request_id: None, source, line: line.to_owned() })
    }

    #[test]
    fn structured_lines_become_text_and_metrics_are_omitted() {
        let nested = r#"{"timestamp":"t","level":"INFO","fields":{"message":"placed","order_id":"ord_1"},"target":"x"}"#;
        assert_eq!(rendered(LogSource::Function, nested).unwrap(), "INFO placed order_id=ord_1");
        let flat = r#"{"level":"WARN","message":"slow","millis":12}"#;
        assert_eq!(rendered(LogSource::Function, flat).unwrap(), "WARN slow millis=12");
        assert_eq!(rendered(LogSource::Function, "plain").unwrap(), "plain");
        assert_eq!(rendered(LogSource::Function, r#"{"_aws":{}}"#), None);
        assert_eq!(rendered(LogSource::Platform, "START RequestId: 1"), None);
        assert_eq!(rendered(LogSource::Platform, "REPORT a\tb").unwrap(), "REPORT a  b");
    }

    #[test]
    fn an_operation_always_has_the_same_colour() {
        assert_eq!(prefix("get-order", true), prefix("get-order", true));
        assert!(!prefix("get-order", false).contains('\u{1b}'));
    }
}
