//! The responses for idempotency keys. They expire in the order in which they were kept, so that a request does not
//! take longer with each one before it.

use std::collections::{HashMap, VecDeque};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long Stripe keeps the response for an idempotency key.
const KEYS_LIVE: SignedDuration = SignedDuration::from_hours(24);

/// The response to the first request with an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Method, path and parameters.
    pub(super) request: String,
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) at: Timestamp,
}

impl Kept {
    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A kept response with its body as text, which takes a quarter of a value's memory.
#[derive(Debug)]
struct Packed {
    request: Box<str>,
    status: u16,
    body: Box<str>,
    at: Timestamp,
}

impl Packed {
    fn of(kept: Kept) -> Self {
        let Kept { request, status, body, at } = kept;
        Self { request: request.into(), status, body: body.to_string().into(), at }
    }

    fn kept(&self) -> Kept {
        // The text of a value is always one.
        let body = serde_json::from_str(&self.body).unwrap_or_default();
        Kept { request: self.request.to_string(), status: self.status, body, at: self.at }
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now < self.at + KEYS_LIVE
    }
}

/// The kept responses.
#[derive(Debug, Default)]
pub(super) struct Keys {
    kept: HashMap<String, Packed>,
    /// The keys, oldest first.
    order: VecDeque<String>,
}

impl Keys {
    /// Returns the response for a key, unless it has expired.
    pub(super) fn get(&mut self, key: &str, now: Timestamp) -> Option<Kept> {
        while let Some(oldest) = self.order.front()
            && self.kept.get(oldest).is_none_or(|kept| !kept.is_alive(now))
        {
            self.kept.remove(oldest);
            self.order.pop_front();
        }
        // The clock may have been set back in between, so an expired key can be behind one that has not expired.
        self.kept.get(key).filter(|kept| kept.is_alive(now)).map(Packed::kept)
    }

    pub(super) fn insert(&mut self, key: String, kept: Kept) {
        if self.kept.insert(key.clone(), Packed::of(kept)).is_none() {
            self.order.push_back(key);
        }
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(at: Timestamp) -> Kept {
        Kept { request: String::new(), status: 200, body: json!({ "id": "pi_1" }), at }
    }

    #[test]
    fn keys_expire_after_a_day_and_take_no_memory_then() {
        let start = Timestamp::UNIX_EPOCH;
        let at = |hours: i64| start + SignedDuration::from_hours(hours);
        let mut keys = Keys::default();
        for hour in 0..48 {
            keys.insert(hour.to_string(), kept(at(hour)));
        }
        assert_eq!(keys.get("24", at(47)).unwrap().body, json!({ "id": "pi_1" }));
        assert!(keys.get("23", at(47)).is_none());
        assert_eq!((keys.kept.len(), keys.order.len()), (24, 24));
    }

    #[test]
    fn a_key_behind_one_that_has_not_expired_expires_too() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
        let mut keys = Keys::default();
        keys.insert("late".to_owned(), kept(late));
        keys.insert("early".to_owned(), kept(early));
        let now = early + KEYS_LIVE;
        assert!(keys.get("late", now).is_some());
        assert!(keys.get("early", now).is_none());
    }
}
