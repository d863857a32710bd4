//! What the service asks to be mailed.

use aws_sdk_dynamodb::types::AttributeValue::S;
use domain::events::{Envelope, Event, LinkPurpose, StaffActed, StaffEvent, UserEvent};
use domain::users::link::LinkToken;
use jiff::SignedDuration;
use store::outbox;
use users::links::rows::link_key;

use crate::{Service, now};

/// A link, and the token that the mail shows.
pub struct Mailed {
    pub link: LinkToken,
    pub token: String,
}

impl Service {
    /// Returns the envelope of every event so far, oldest first. Those of one time are in no order.
    pub async fn envelopes(&self) -> Vec<Envelope> {
        let later = now() + SignedDuration::from_hours(1000);
        let waiting = outbox::older_than(&self.users_table(), later).await.unwrap().events;
        let mut events: Vec<_> = waiting.into_iter().map(|event| event.unwrap().envelope).collect();
        events.sort_by_key(|event| event.time);
        events
    }

    /// Returns every event so far but those for the record, in the same order.
    pub async fn events(&self) -> Vec<Event> {
        let events = self.envelopes().await.into_iter().map(|envelope| envelope.event);
        events.filter(|event| !matches!(event, Event::Staff(_))).collect()
    }

    /// Returns what the staff have done so far, for the record.
    pub async fn acted(&self) -> Vec<StaffActed> {
        let acted = self.envelopes().await.into_iter().filter_map(|envelope| match envelope.event {
            Event::Staff(StaffEvent::Acted(acted)) => Some(acted),
            _ => None,
        });
        acted.collect()
    }

    /// Returns every link so far, in the order of its events.
    pub async fn mailed(&self) -> Vec<Mailed> {
        let mut mailed = Vec::new();
        for event in self.events().await {
            let id = match event {
                Event::User(UserEvent::Registered(registered)) => registered.token_id.unwrap(),
                Event::User(UserEvent::LinkRequested(requested)) => requested.token_id,
                _ => continue,
            };
            let link: LinkToken = self.users_table().get(&link_key(id)).await.unwrap().unwrap().value;
            let Some(shown) = self.links.link(&link) else { continue };
            let token = shown.reveal().split_once("#token=").unwrap().1.to_owned();
            mailed.push(Mailed { link, token });
        }
        mailed
    }

    /// Returns Ada's newest link for a purpose.
    pub async fn newest(&self, purpose: LinkPurpose) -> Mailed {
        self.newest_to("ada@example.com", purpose).await
    }

    /// Returns the newest link to an address for a purpose.
    pub async fn newest_to(&self, email: &str, purpose: LinkPurpose) -> Mailed {
        let mailed = self.mailed().await.into_iter();
        let mut fitting =
            mailed.filter(|mailed| mailed.link.purpose == purpose && mailed.link.email.as_ref() == email);
        fitting.next_back().unwrap()
    }

    /// Sets a text in a row.
    pub async fn set(&self, (pk, sk): (&str, &str), name: &str, value: &str) {
        let update = self.table.client().update_item().table_name(self.table.name());
        let update = update.key("pk", S(pk.to_owned())).key("sk", S(sk.to_owned()));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", S(value.to_owned())).send().await.unwrap();
    }

    /// Deletes a row.
    pub async fn delete(&self, pk: &str, sk: &str) {
        let delete = self.table.client().delete_item().table_name(self.table.name());
        delete.key("pk", S(pk.to_owned())).key("sk", S(sk.to_owned())).send().await.unwrap();
    }
}

/// Returns the token with one letter of its MAC exchanged.
pub fn altered(token: &str) -> String {
    let (head, last) = token.split_at(token.len() - 2);
    let (other, rest) = (if last.starts_with('A') { "B" } else { "A" }, &last[1..]);
    format!("{head}{other}{rest}")
}
