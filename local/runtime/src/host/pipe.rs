//! Reads the output of a process, and forwards it to the log in order with the host's own lines.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::{mpsc, oneshot};

use super::log::{LogLine, LogSink, LogSource};

/// `LogType: Tail` returns the last 4 KB of an invocation's log.
const TAIL: usize = 4096;

/// The log of one process.
#[derive(Clone)]
pub(super) struct Pipe {
    operation: String,
    sink: LogSink,
    current: Arc<Mutex<Current>>,
    marks: mpsc::Sender<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Current {
    request_id: Option<String>,
    tail: String,
}

impl Pipe {
    /// Reads both outputs until the process closes them.
    pub(super) fn read(
        operation: &str,
        sink: LogSink,
        out: Option<ChildStdout>,
        err: Option<ChildStderr>,
    ) -> Self {
        let (marks, marked) = mpsc::channel(1);
        let operation = operation.to_owned();
        let pipe = Self { operation, sink, current: Arc::default(), marks };
        tokio::spawn(pump(pipe.weak(), out.map(BufReader::new), err.map(BufReader::new), marked));
        pipe
    }

    /// Returns a writer without the sender of marks, which would keep the reader's own channel open.
    fn weak(&self) -> Writer {
        Writer {
            operation: self.operation.clone(),
            sink: Arc::clone(&self.sink),
            current: Arc::clone(&self.current),
        }
    }

    /// Attributes the following lines to this invocation.
    pub(super) fn begin(&self, request_id: &str) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Current { request_id: Some(request_id.to_owned()), tail: String::new() };
    }

    /// Writes a line of the host.
    pub(super) fn platform(&self, line: String) {
        self.weak().write(LogSource::Platform, line);
    }

    /// Waits until all output has been read that the process wrote before its last call to the Runtime API.
    ///
    /// The call arrived after the output, through the same event loop. So when neither output has data ready, all of it
    /// has been read.
    pub(super) async fn drained(&self) {
        let (done, read) = oneshot::channel();
        // An error on either side means that the outputs are closed and have been read to their end.
        if self.marks.send(done).await.is_ok() && read.await.is_err() {
            tracing::trace!("the outputs were closed in the meantime");
        }
    }

    /// Ends the current invocation's log, and returns its tail.
    pub(super) fn tail(&self) -> String {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.request_id = None;
        std::mem::take(&mut current.tail)
    }
}

struct Writer {
    operation: String,
    sink: LogSink,
    current: Arc<Mutex<Current>>,
}

impl Writer {
    fn write(&self, source: LogSource, line: String) {
        let request_id = {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            if current.request_id.is_some() {
                current.tail.push_str(&line);
                current.tail.push('\n');
                let excess = current.tail.len().saturating_sub(TAIL);
                let cut = (excess..=current.tail.len()).find(|at| current.tail.is_char_boundary(*at));
                current.tail.drain(..cut.unwrap_or(0));
            }
            current.request_id.clone()
        };
        (self.sink)(LogLine { operation: self.operation.clone(), request_id, source, line });
    }
}

async fn pump(
    writer: Writer,
    mut out: Option<BufReader<ChildStdout>>,
    mut err: Option<BufReader<ChildStderr>>,
    marked: mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut marked = Some(marked);
    let (mut from_out, mut from_err) = (Vec::new(), Vec::new());
    while out.is_some() || err.is_some() {
        // Biased, so that a mark is only received when neither output has data ready.
        tokio::select! {
            biased;
            open = line(&mut out, &mut from_out) => if !open { out = None; },
            open = line(&mut err, &mut from_err) => if !open { err = None; },
            mark = next_mark(&mut marked) => {
                match mark {
                    Some(done) => if done.send(()).is_err() { tracing::trace!("nothing waits for the mark any more"); },
                    // The process was dropped, but the pipes may still contain output.
                    None => marked = None,
                }
                continue;
            }
        }
        for buffer in [&mut from_out, &mut from_err] {
            if buffer.ends_with(b"\n") {
                let text = String::from_utf8_lossy(buffer).trim_end().to_owned();
                buffer.clear();
                if !text.is_empty() {
                    writer.write(LogSource::Function, text);
                }
            }
        }
    }
}

async fn next_mark(marked: &mut Option<mpsc::Receiver<oneshot::Sender<()>>>) -> Option<oneshot::Sender<()>> {
    match marked {
        Some(marked) => marked.recv().await,
        None => std::future::pending().await,
    }
}

/// Reads up to the end of a line. Returns false at the end of the output. Cancel safe: partial input stays in the
/// buffer.
async fn line<R: AsyncRead + Unpin>(reader: &mut Option<BufReader<R>>, buffer: &mut Vec<u8>) -> bool {
    let Some(reader) = reader else { return std::future::pending().await };
    match reader.read_until(b'\n', buffer).await {
        Ok(_) if buffer.ends_with(b"\n") => true,
        Ok(_) | Err(_) => {
            // The last line may lack a line break.
            let rest = !buffer.is_empty();
            if rest {
                buffer.push(b'\n');
            }
            rest
        }
    }
}
