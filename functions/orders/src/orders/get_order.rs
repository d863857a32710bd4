//! `GET /orders/{order_id}`: returns an order, by its id or its number, to its customer and to the staff.

use std::str::FromStr;

use domain::orders::returns::ReturnKind;
use domain::orders::timeline::Entry;
use domain::orders::{InvalidNumber, Order, OrderNumber, OrderRefusal};
use domain::settings::Policy;
use domain::words::id::OrderId;
use edge::{Call, Cause, NoBody, Problem, Reply, SignedIn};
use peers::UsersClient;
use serde::Deserialize;
use strum::EnumString;
use telemetry::chain;

use crate::orders::view::{Can, Customer, InvoiceEntry, OrderView};
use crate::settings::in_force::InForce;
use crate::shipments::ShipmentEntry;

/// What an order is asked for by. No text is both an id and a number.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged, inline))]
pub enum IdOrNumber {
    /// Its id.
    Id(OrderId),
    /// Its number.
    Number(OrderNumber),
}

impl FromStr for IdOrNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        text.parse().map(Self::Id).or_else(|_| text.parse().map(Self::Number))
    }
}

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// What to include in the reply: `user`, `shipments`, `invoices` and `timeline`, or some of them, separated by commas.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(
            with = "String",
            regex(pattern = "^(user|shipments|invoices|timeline)(,(user|shipments|invoices|timeline))*$")
        )
    )]
    expand: Expansion,
}

/// The related resources to include.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct Expansion(Vec<Expand>);

/// A related resource to include.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
enum Expand {
    /// The customer.
    User,
    /// The parcels.
    Shipments,
    /// The invoices and credit notes.
    Invoices,
    /// What happened to it.
    Timeline,
}

impl TryFrom<String> for Expansion {
    type Error = strum::ParseError;

    fn try_from(text: String) -> Result<Self, strum::ParseError> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Expansion {
    fn has(&self, resource: Expand) -> bool {
        self.0.contains(&resource)
    }
}

/// Returns an order.
///
/// # Errors
/// 404 if it does not exist or is another customer's.
pub async fn get_order(
    (settings, users): (InForce, UsersClient),
    call: Call<NoBody, SignedIn, Query>,
) -> Result<Reply<OrderView>, Problem> {
    let orders = settings.orders();
    let id = match call.path("order_id")? {
        IdOrNumber::Id(id) => id,
        // A number that was mistyped is no number, and nothing is read.
        IdOrNumber::Number(number) => orders.id_of(&number).await?.ok_or(OrderRefusal::NotFound)?,
    };
    let found = orders.get(id).await?.ok_or(OrderRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_staff() {
        return Err(OrderRefusal::NotFound.into());
    }
    let expand = &call.query.expand;
    let user = match expand.has(Expand::User) {
        // A guest's order may have become an account's a moment ago, whose owner's address is not the guest's to see.
        true if call.caller.is_guest => Some(Customer::Unavailable),
        true => Some(customer(&users, &found.value, &call.cause).await),
        false => None,
    };
    let is_expanded = expand.has(Expand::Shipments);
    // Until when goods can be returned depends on when the parcels arrived.
    let is_asked = is_expanded || found.value.has_shipped();
    let parcels = if is_asked { orders.shipments_of(id).await? } else { Vec::new() };
    let can = Some(what_can(&call, &found.value, &parcels, settings.at(call.now).await?.policy()));
    let shipments = is_expanded.then_some(parcels);
    let invoices = match expand.has(Expand::Invoices) {
        true => Some(orders.invoices_of(id).await?.into_iter().map(InvoiceEntry::from).collect()),
        false => None,
    };
    let timeline = match expand.has(Expand::Timeline) {
        true => Some(shown_to(&call.caller, orders.timeline_of(&found.value).await?)),
        false => None,
    };
    let reply = Reply::ok(OrderView { can, user, shipments, invoices, timeline, ..found.value.into() });
    // The version covers the order only. As ETag of an expanded reply, it would hide a change of the customer.
    Ok(if expand.0.is_empty() { reply.etag(found.version) } else { reply })
}

fn shown_to(caller: &SignedIn, timeline: Vec<Entry>) -> Vec<Entry> {
    if caller.is_staff() {
        return timeline;
    }
    timeline.into_iter().filter_map(Entry::for_customer).collect()
}

fn what_can<B, Q>(
    call: &Call<B, SignedIn, Q>,
    order: &Order,
    parcels: &[ShipmentEntry],
    policy: &Policy,
) -> Can {
    let window = order.return_window(parcels.iter().map(|entry| &entry.shipment), policy);
    let withdraw = order.can_be_withdrawn_from(window, call.now);
    Can {
        pay: order.is_open(),
        cancel: order.can_be_cancelled(policy.customer_may_cancel || call.caller.is_staff()),
        withdraw,
        return_until: window.until(ReturnKind::Withdrawal).filter(|_| withdraw),
    }
}

async fn customer(users: &UsersClient, order: &Order, cause: &Cause) -> Customer {
    match users.contact(order.user_id, cause).await {
        Ok(Some(contact)) => Customer::Available { name: contact.name, email: contact.email },
        Ok(None) => Customer::Unavailable,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "order returned without its customer");
            Customer::Unavailable
        }
    }
}
