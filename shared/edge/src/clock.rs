//! The clock of operations that answer requests and messages.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;
use telemetry::STAGE;

use crate::environment::{Connect, Environment, InitError};
use crate::runtime;

/// The custom property of an invocation's client context in which the laptop's Lambda host states how far its clock is set ahead of
/// real time, as an ISO 8601 duration. API Gateway and SQS send no client context. The host has the name, too
/// (local/runtime/src/host/runtime_api.rs): it depends on no crate of the functions.
const AHEAD: &str = "bodega-clock-ahead";

/// The only stage in which the clock can be set.
const DEVELOPMENT: &str = "dev";

/// When an invocation happens and ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// When it happens.
    pub(crate) now: Timestamp,
    /// When it ends, by the same clock.
    pub(crate) deadline: Timestamp,
    /// When it ends, in real time.
    pub(crate) ends: Timestamp,
}

/// Real time; in development also the time that an invocation states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    can_be_set: bool,
}

impl Connect for Clock {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self { can_be_set: environment.variable(STAGE)? == DEVELOPMENT })
    }
}

impl Clock {
    /// Returns the time of an invocation.
    pub(crate) fn now(self, context: &Context) -> Timestamp {
        self.at(context, Timestamp::now())
    }

    /// Returns when an invocation happens and ends.
    pub(crate) fn times(self, context: &Context) -> Times {
        let ends = runtime::deadline(context);
        Times { now: self.now(context), deadline: self.at(context, ends), ends }
    }

    /// Returns what an invocation takes this time for.
    fn at(self, context: &Context, real: Timestamp) -> Timestamp {
        let stated = context.client_context.as_ref().filter(|_| self.can_be_set);
        let ahead = stated.and_then(|stated| stated.custom.get(AHEAD)?.parse::<SignedDuration>().ok());
        ahead.and_then(|ahead| real.checked_add(ahead).ok()).unwrap_or(real)
    }
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;

    use super::*;

    fn at(clock: Clock, ahead: Option<&str>) -> SignedDuration {
        let mut context = Context::default();
        context.client_context = ahead.map(|ahead| {
            serde_json::from_value(serde_json::json!({ "custom": { AHEAD: ahead } }))
                .expect("a client context")
        });
        let before = Timestamp::now();
        clock.now(&context).duration_since(before)
    }

    #[test]
    fn only_development_believes_what_time_an_invocation_states() {
        let (real, set) = (Clock { can_be_set: false }, Clock { can_be_set: true });
        let (hour, soon) = (SignedDuration::from_hours(1), SignedDuration::from_mins(1));
        assert!(at(set, Some("PT2H")) > hour);
        assert!(at(set, Some("-PT2H")) < -hour);
        for (clock, ahead) in [(real, Some("PT2H")), (real, None), (set, None), (set, Some("soon"))] {
            assert!(at(clock, ahead) < soon, "{clock:?} {ahead:?}");
        }
    }
}
