//! Notices a process that refuses everything.
//!
//! A version that misreads requests or tokens answers 4xx to everybody. No alarm on 5xx sees that, and while the
//! version gets a tenth of the requests, neither does the share of 4xx among all replies. Its own processes do: they
//! have served nobody. The line that is logged here is counted by the function's alarm
//! (`shared/templates/service-alarms.yaml`).

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use http::StatusCode;

/// How many refusals without a single success are not the clients' fault.
const MANY: u32 = 50;

/// What this process has replied since it started.
static REPLIES: Replies = Replies::none();

#[derive(Debug)]
struct Replies {
    has_served: AtomicBool,
    refused: AtomicU32,
}

/// Notes a reply of this process.
pub(crate) fn note(status: StatusCode) {
    if let Some(refused) = REPLIES.note(status) {
        tracing::error!(refused, "every request was refused");
    }
}

impl Replies {
    const fn none() -> Self {
        Self { has_served: AtomicBool::new(false), refused: AtomicU32::new(0) }
    }

    /// Returns how many requests were refused, if those are many and all.
    fn note(&self, status: StatusCode) -> Option<u32> {
        if status.as_u16() < 400 {
            self.has_served.store(true, Ordering::Relaxed);
        }
        if self.has_served.load(Ordering::Relaxed) || !is_about_the_request(status) {
            return None;
        }
        let refused = self.refused.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        (refused >= MANY).then_some(refused)
    }
}

/// Returns whether a status is a judgement of the request or its sender. A product that is sold out and a caller who is
/// too fast (409, 412, 429) are refused by every version.
fn is_about_the_request(status: StatusCode) -> bool {
    status.is_client_error()
        && !matches!(
            status,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::TOO_MANY_REQUESTS
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(replies: &Replies, status: StatusCode, times: u32) -> Vec<u32> {
        (0..times).filter_map(|_| replies.note(status)).collect()
    }

    #[test]
    fn a_process_that_refuses_everything_is_noticed_from_the_fiftieth_refusal_on() {
        for status in [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND] {
            assert_eq!(noted(&Replies::none(), status, 52), [50, 51, 52], "{status}");
        }
    }

    #[test]
    fn a_process_that_has_served_one_request_is_not() {
        let replies = Replies::none();
        assert_eq!(noted(&replies, StatusCode::NOT_FOUND, 49), [0; 0]);
        assert_eq!(noted(&replies, StatusCode::OK, 1), [0; 0]);
        assert_eq!(noted(&replies, StatusCode::NOT_FOUND, 100), [0; 0]);
    }

    #[test]
    fn sold_out_products_and_failures_do_not_count() {
        for status in [StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
            assert_eq!(noted(&Replies::none(), status, 100), [0; 0], "{status}");
        }
    }
}
