//! The log lines of recent invocations, for the console.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::host::{LogLine, LogSink, LogSource};
use crate::invocations::KEPT;

/// The number of lines to keep of one invocation.
const LINES: usize = 200;

/// The number of bytes to keep of one line.
const LINE: usize = 16 * 1024;

/// One line of an invocation's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When the host read it.
    pub at: Timestamp,
    pub source: LogSource,
    /// The request that caused it, if the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    pub text: String,
}

/// Finds the id in a line of JSON without reading the rest: every line of every function passes here.
fn correlation_id(text: &str) -> Option<&str> {
    text.split_once(r#""correlation_id":""#)?.1.split('"').next()
}

/// The log lines of the most recent invocations. Clones share them.
#[derive(Clone, Default)]
pub struct Logbook(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    lines: HashMap<String, Vec<Line>>,
    /// The request ids, oldest first.
    order: VecDeque<String>,
}

impl Logbook {
    /// Returns a sink that keeps each line and passes it on. Lines that no invocation wrote are only passed on.
    #[must_use]
    pub fn before(&self, sink: LogSink) -> LogSink {
        let logbook = self.clone();
        Arc::new(move |line| {
            logbook.keep(&line);
            sink(line);
        })
    }

    /// Returns an invocation's lines, in order.
    #[must_use]
    pub fn of(&self, request_id: &str) -> Vec<Line> {
        self.kept().lines.get(request_id).cloned().unwrap_or_default()
    }

    /// Returns what `find` finds in the lines of each invocation, oldest invocation first.
    pub fn find<T>(&self, mut find: impl FnMut(&str, &[Line]) -> Option<T>) -> Vec<T> {
        let kept = self.kept();
        let all = kept.order.iter().filter_map(|id| Some((id, kept.lines.get(id)?)));
        all.filter_map(|(id, lines)| find(id, lines)).collect()
    }

    fn keep(&self, line: &LogLine) {
        let Some(request_id) = &line.request_id else { return };
        let end = (0..=line.line.len().min(LINE)).rev().find(|end| line.line.is_char_boundary(*end));
        let text = line.line.get(..end.unwrap_or_default()).unwrap_or_default().to_owned();
        let mut kept = self.kept();
        if !kept.lines.contains_key(request_id) {
            if kept.order.len() == KEPT
                && let Some(oldest) = kept.order.pop_front()
            {
                kept.lines.remove(&oldest);
            }
            kept.order.push_back(request_id.clone());
        }
        let lines = kept.lines.entry(request_id.clone()).or_default();
        if lines.len() < LINES {
            let correlation_id = correlation_id(&text).map(str::to_owned);
            lines.push(Line { at: Timestamp::now(), source: line.source, correlation_id, text });
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host;

    fn line(request_id: Option<String>, text: &str) -> LogLine {
        let (operation, source) = ("get-order".to_owned(), LogSource::Function);
        LogLine { operation, request_id, source, line: text.to_owned() }
    }

    #[test]
    fn a_full_logbook_drops_the_lines_of_the_oldest_invocation() {
        let logbook = Logbook::default();
        let sink = logbook.before(host::silent());
        for number in 0..=KEPT {
            sink(line(Some(number.to_string()), "answered"));
        }
        sink(line(None, "of no invocation"));
        sink(line(Some("1".to_owned()), r#"{"correlation_id":"abc=","level":"INFO"}"#));
        assert_eq!(logbook.of("0"), []);
        let named = |line: &Line| line.correlation_id.clone();
        assert_eq!(logbook.of("1").iter().map(named).collect::<Vec<_>>(), [None, Some("abc=".to_owned())]);
        assert_eq!(logbook.find(|_, lines| Some(lines.len())).len(), KEPT);
    }

    #[test]
    fn an_invocation_that_logs_too_much_keeps_its_first_lines_cut_at_a_character() {
        let logbook = Logbook::default();
        let sink = logbook.before(host::silent());
        let long = "é".repeat(LINE);
        for _ in 0..=LINES {
            sink(line(Some("1".to_owned()), &long));
        }
        let lines = logbook.of("1");
        assert_eq!((lines.len(), lines[0].text.len()), (LINES, LINE));
    }
}
