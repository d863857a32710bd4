//! What functions and the host write: lines, and where they go.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use serde_json::Value;

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// The function, on its standard output or error.
    Function,
    /// The host: `START`, `END`, `REPORT` and what goes wrong around an invocation.
    Platform,
}

/// One line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The operation.
    pub operation: String,
    /// The invocation that was running, if one was.
    pub request_id: Option<String>,
    /// Who wrote it.
    pub source: LogSource,
    /// The line, without its end.
    pub line: String,
}

/// Takes every line. It is called on the host's own threads, so it must not block.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// A sink that drops everything.
#[must_use]
pub fn silent() -> LogSink {
    Arc::new(drop)
}

/// A sink that prints to standard output, one prefix an operation, in colour at a terminal.
///
/// A structured line becomes `LEVEL message field=value`; metrics (embedded metric format), `START` and `END` are left out.
#[must_use]
pub fn pretty() -> LogSink {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Arc::new(move |line| {
        let Some(text) = render(&line) else { return };
        let prefix = prefix(&line.operation, colour);
        // Nobody may be reading any more, which is no reason to stop the cloud.
        if writeln!(std::io::stdout().lock(), "{prefix} {text}").is_err() {
            tracing::trace!("standard output is closed");
        }
    })
}

/// The operation in a column of its own; the same colour every time.
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

/// A line as people want to read it; `None` if they do not.
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
    // tracing-subscriber nests an event's fields unless it is told to flatten them.
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
    fn lines_are_made_readable() {
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
    fn an_operation_keeps_its_colour() {
        assert_eq!(prefix("get-order", true), prefix("get-order", true));
        assert!(!prefix("get-order", false).contains('\u{1b}'));
    }
}
