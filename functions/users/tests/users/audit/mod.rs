//! The record of what the people who work in the shop have done.

mod list_audit;
mod record_audit;

use domain::audit::Entry;
use domain::events::{Envelope, Event, StaffActed, StaffEvent};
use domain::words::act::{Action, Subject};
use domain::words::id::{EventId, UserId};
use edge::queue::{Delivery, Failure};
use edge::{Admin, Call, Cause, List, NoBody, Problem};
use jiff::Timestamp;
use users::audit as operations;

use crate::{Service, now, signed_in};

/// The admin who reads the record.
fn reader() -> UserId {
    UserId::from_parts(0, 99)
}

/// Returns the `number`th event, at `time`.
fn acted(number: u128, time: Timestamp, actor: UserId, subject: impl Into<Subject>) -> Envelope {
    let acted = StaffActed { actor, action: Action::of("put-staff"), subject: subject.into() };
    let milliseconds = u64::try_from(time.as_millisecond()).unwrap();
    Envelope {
        id: EventId::from_parts(milliseconds, number),
        ..Cause::new("test").envelope(StaffEvent::Acted(acted), time)
    }
}

impl Service {
    async fn record(&self, envelope: Envelope) -> Result<(), Failure> {
        operations::record_audit(self.users.clone(), Delivery::new(envelope, now())).await
    }

    async fn audit_at(&self, query: &str, now: Timestamp) -> Result<List<Entry>, Problem> {
        let call = Call::new(Admin(signed_in(reader())), NoBody, now).with_query(query)?;
        Ok(operations::list_audit(self.users.clone(), call).await?.body().unwrap().clone())
    }

    async fn audit(&self, query: &str) -> Result<List<Entry>, Problem> {
        self.audit_at(query, now()).await
    }

    /// Returns the random parts of the ids of the events that a list shows.
    async fn numbers(&self, query: &str) -> Vec<u128> {
        let number = |entry: Entry| {
            let id = entry.event_id.to_string();
            let digits = id.chars().skip_while(|letter| *letter != '_').skip(11);
            digits.collect::<String>().parse().unwrap()
        };
        self.audit(query).await.unwrap().items.into_iter().map(number).collect()
    }

    /// Delivers what the service itself has sent about its staff.
    async fn record_own(&self) {
        for envelope in self.envelopes().await {
            if matches!(envelope.event, Event::Staff(_)) {
                self.record(envelope).await.unwrap();
            }
        }
    }
}
