//! Schedules: EventBridge's `rate(…)` and `cron(…)` expressions, and the event that they send.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use super::{Context, Redelivery, StartError};
use model::deployment::ScheduleSource;
use model::invoke::{Answer, InvokeError};

/// When a schedule fires.
#[derive(Debug, Clone)]
pub(super) enum Times {
    /// At a fixed interval, counted from the start.
    Rate(Duration),
    /// At fixed times, in UTC.
    Cron(Box<Cron>),
}

impl Times {
    pub(super) fn parse(operation: &str, schedule: &ScheduleSource) -> Result<Self, StartError> {
        times(&schedule.expression).map_err(|reason| StartError::Schedule {
            operation: operation.to_owned(),
            name: schedule.name.clone(),
            reason,
        })
    }

    /// Returns the first time after `from`.
    fn after(&self, from: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(every) => from.checked_add(*every).ok(),
            Self::Cron(cron) => {
                let from: Zoned = from.to_zoned(TimeZone::UTC);
                cron.find_next_occurrence(&from, false).ok().map(|next| next.timestamp())
            }
        }
    }
}

pub(super) fn times(expression: &str) -> Result<Times, String> {
    let inside = |name: &str| expression.trim().strip_prefix(name)?.strip_suffix(')');
    if let Some(rate) = inside("rate(") {
        return every(rate).map(Times::Rate).ok_or_else(|| format!("{expression:?} is not a rate"));
    }
    let Some(fields) = inside("cron(") else {
        return Err(format!("{expression:?} is neither rate(…) nor cron(…)"));
    };
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let &[minutes, hours, day, month, weekday, year] = fields.as_slice() else {
        return Err(format!("{expression:?} has {} fields instead of six", fields.len()));
    };
    if (day == "?") == (weekday == "?") {
        return Err(format!("{expression:?} must have one ? in either day of month or day of week"));
    }
    // On AWS Sunday is 1, and 6L is the last Friday, which the parser supports. L alone means Saturday, which it does
    // not.
    let weekdays = if weekday == "L" { "7" } else { weekday };
    let pattern = format!("0 {minutes} {hours} {day} {month} {weekdays} {year}");
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required);
    let parser = parser.alternative_weekdays(true).sloppy_ranges(true).build();
    let cron = parser.parse(&pattern).map_err(|error| format!("{expression:?}: {error}"))?;
    Ok(Times::Cron(Box::new(cron)))
}

/// Parses `5 minutes` or `1 hour`.
fn every(rate: &str) -> Option<Duration> {
    let (number, unit) = rate.trim().split_once(' ')?;
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match (unit.trim(), number) {
        ("minute", 1) => 60,
        ("hour", 1) => 3_600,
        ("day", 1) => 86_400,
        ("minutes", 2..) => 60,
        ("hours", 2..) => 3_600,
        ("days", 2..) => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A function that a schedule invokes, asynchronously as EventBridge does.
#[derive(Clone)]
pub(super) struct Scheduled {
    pub(super) context: Context,
    pub(super) operation: String,
    /// How often a failed run is repeated.
    pub(super) retries: u32,
    pub(super) redelivery: Redelivery,
}

impl Scheduled {
    /// Invokes the function and returns its answer. If it failed, it is invoked again later, as Lambda does.
    pub(super) async fn invoke(&self, event: Value) -> Result<Answer, InvokeError> {
        let answer = self.once(&event).await;
        let has_failed = answer.as_ref().is_ok_and(|answer| answer.function_error.is_some());
        if has_failed && self.retries > 0 {
            tokio::spawn(self.clone().again(event));
        }
        answer
    }

    async fn again(self, event: Value) {
        let retries = usize::try_from(self.retries).unwrap_or(usize::MAX);
        for wait in self.redelivery.of_invocation().into_iter().take(retries) {
            let context = &self.context;
            if context.until_stopped(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            match context.until_stopped(self.once(&event)).await {
                Some(Ok(answer)) if answer.function_error.is_some() => {}
                Some(Ok(_) | Err(_)) | None => return,
            }
        }
    }

    async fn once(&self, event: &Value) -> Result<Answer, InvokeError> {
        let answer = self.context.invoke(&self.operation, event).await;
        match &answer {
            Ok(answer) if answer.function_error.is_some() => {
                let error = String::from_utf8_lossy(&answer.payload).into_owned();
                tracing::warn!(operation = self.operation, error, "a scheduled invocation failed");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(operation = self.operation, %error, "a scheduled function could not be invoked");
            }
        }
        answer
    }

    /// Fires until the event sources stop.
    pub(super) async fn fire(self, schedule: ScheduleSource, times: Times) {
        let clock = self.context.clock.clone();
        let mut last = clock.now();
        while let Some(next) = times.after(last) {
            let wait = Duration::try_from(next.duration_since(clock.now())).unwrap_or(Duration::ZERO);
            if self.context.until_stopped(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            let event = event(&self.context, &schedule, next);
            if let Err(error) = self.invoke(event).await {
                tracing::debug!(operation = self.operation, %error, "the next run follows");
            }
            // Times that passed while the laptop was asleep are skipped.
            last = next.max(clock.now());
        }
    }
}

/// Returns the schedule's input, or EventBridge's default event.
pub(super) fn event(context: &Context, schedule: &ScheduleSource, time: Timestamp) -> Value {
    if let Some(input) = &schedule.input {
        return input.clone();
    }
    let (region, account) = (context.endpoint.region(), context.endpoint.account());
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": region,
        "resources": [format!("arn:aws:events:{region}:{account}:rule/{}", schedule.name)],
        "detail": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, from: &str) -> String {
        times(expression).unwrap().after(from.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_rate_fires_after_its_interval() {
        assert_eq!(next("rate(1 minute)", "2026-01-01T00:00:30Z"), "2026-01-01T00:01:30Z");
        assert_eq!(next("rate(5 minutes)", "2026-01-01T00:00:00Z"), "2026-01-01T00:05:00Z");
        assert_eq!(next("rate(2 days)", "2026-01-01T00:00:00Z"), "2026-01-03T00:00:00Z");
    }

    #[test]
    fn a_cron_expression_fires_at_its_next_time() {
        assert_eq!(next("cron(0 12 * * ? *)", "2026-01-01T12:00:00Z"), "2026-01-02T12:00:00Z");
        assert_eq!(next("cron(0/10 * * * ? *)", "2026-01-01T00:01:00Z"), "2026-01-01T00:10:00Z");
        // 2026-01-01 is a Thursday; 2 is Monday.
        assert_eq!(next("cron(30 6 ? * 2 *)", "2026-01-01T00:00:00Z"), "2026-01-05T06:30:00Z");
        assert_eq!(next("cron(0 8 ? * MON-FRI *)", "2026-01-02T09:00:00Z"), "2026-01-05T08:00:00Z");
        assert_eq!(next("cron(0 0 1 JAN ? 2027)", "2026-01-01T00:00:00Z"), "2027-01-01T00:00:00Z");
        assert_eq!(next("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z"), "2026-02-28T00:00:00Z");
        // The last Friday of January 2026 and the third Monday of it.
        assert_eq!(next("cron(0 0 ? * 6L *)", "2026-01-01T00:00:00Z"), "2026-01-30T00:00:00Z");
        assert_eq!(next("cron(0 0 ? * 2#3 *)", "2026-01-01T00:00:00Z"), "2026-01-19T00:00:00Z");
    }

    #[test]
    fn an_invalid_expression_is_an_error_that_names_the_cause() {
        for (expression, word) in [
            ("rate(0 minutes)", "rate"),
            ("rate(1 minutes)", "rate"),
            ("rate(5 minute)", "rate"),
            ("rate(5 seconds)", "rate"),
            ("every minute", "neither"),
            ("cron(0 12 * * ?)", "six"),
            ("cron(0 12 * * * *)", "one ?"),
            ("cron(0 12 ? * ? *)", "one ?"),
            ("cron(99 12 * * ? *)", "99"),
        ] {
            let error = times(expression).unwrap_err();
            assert!(error.contains(word), "{expression}: {error}");
        }
    }
}
