//! Returns of goods: customers ask for them, the staff decide about them and receive them. What somebody declares without signing in is a
//! return, too, if its order is known, and else a statement.

pub mod decide_return;
pub mod declare_withdrawal;
pub mod list_returns;
pub mod receive_return;
pub mod request_return;
pub mod rows;

pub use decide_return::decide_return;
pub use declare_withdrawal::declare_withdrawal;
pub use list_returns::list_returns;
pub use receive_return::receive_return;
pub use request_return::request_return;

use domain::orders::fulfillment::{Queue, Shipment};
use domain::orders::returns::{OrderReturn, ReturnRefusal, ReturnRequest, WithdrawalStatement};
use domain::orders::timeline::Actor;
use domain::orders::{Change, Order};
use domain::settings::{Policy, Settings};
use domain::words::id::{OrderId, ReturnId};
use domain::words::person::Address;
use edge::Problem;
use jiff::Timestamp;
use serde::Serialize;
use store::{Error, Index, Query, Stored};

use crate::orders::rows::{self as order_rows, OrderRow, in_queue};
use crate::returns::rows::{KnownReturn, ReturnRow, return_key, statement_key};
use crate::store::{Orders, Waiting};

/// More overdue returns than these need not be counted: one is too many.
const COUNTED: u8 = 100;

/// A return, and what its customer has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnEntry {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    #[serde(flatten)]
    pub returned: OrderReturn,
    /// What the customer has to do, if it is their turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<Instructions>,
}

/// What the customer has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Instructions {
    /// By when the goods are to be sent.
    pub send_by: Timestamp,
    /// Where they are sent to, if the shop has said who sells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_to: Option<Address>,
}

impl ReturnEntry {
    fn new(order_id: OrderId, returned: OrderReturn, settings: &Settings) -> Self {
        let instructions = returned.send_by.filter(|_| returned.is_open()).map(|send_by| {
            let send_to = settings.seller().map(|seller| seller.address.clone());
            Instructions { send_by, send_to }
        });
        Self { order_id, returned, instructions }
    }
}

impl Orders {
    /// Returns the order of a return.
    ///
    /// # Errors
    /// [`ReturnRefusal::NotFound`] if the return does not exist; otherwise if the table fails.
    pub(crate) async fn order_of(&self, return_id: ReturnId) -> Result<OrderId, Problem> {
        Ok(self.known_return(return_id).await?.ok_or(ReturnRefusal::NotFound)?.order_id)
    }

    async fn known_return(&self, return_id: ReturnId) -> Result<Option<KnownReturn>, Error> {
        Ok(self.table.get::<KnownReturn>(&return_key(return_id)).await?.map(|known| known.value))
    }

    /// Returns a statement that became no return.
    ///
    /// # Errors
    /// If the table fails.
    async fn statement(
        &self,
        id: ReturnId,
        now: Timestamp,
    ) -> Result<Option<Stored<WithdrawalStatement>>, Error> {
        self.table.get_unexpired(&statement_key(id), now).await
    }

    /// Counts the orders of which a return should have been paid back by now, and the statements that should have been answered, up to a
    /// page of them.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn refunds_overdue(&self, now: Timestamp) -> Result<u64, Error> {
        let overdue = Query::new(Index::Gsi(2), in_queue(Queue::Return)).below(format!("{now:.3}"));
        let page = self.table.query::<Waiting>(&overdue.limit(COUNTED)).await?;
        Ok(page.items.len() as u64)
    }

    /// Returns the parcels of an order; none, and nothing is read, if nothing was shipped.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn parcels_of(&self, order: &Order) -> Result<Vec<Shipment>, Error> {
        if !order.has_shipped() {
            return Ok(Vec::new());
        }
        let parcels = self.shipments_of(order.order_id).await?;
        Ok(parcels.into_iter().map(|entry| entry.shipment).collect())
    }
}

/// What comes of a request for a return: the change of its order's row, with the row that leads to the return, and the return.
type Asked = (Option<store::Change<OrderRow, Problem>>, OrderReturn);

impl Orders {
    /// Decides about a return that the customer of an order asks for.
    ///
    /// # Errors
    /// If the table fails. A refusal is the inner result.
    async fn ask_for_return(
        &self,
        order: &Stored<Order>,
        (return_id, request): (ReturnId, &ReturnRequest),
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Result<Asked, ReturnRefusal>, Error> {
        let window = order.value.return_window(&self.parcels_of(&order.value).await?, policy);
        Ok(order.value.request_return(return_id, request, window, now).map(|decided| {
            let known = KnownReturn { return_id, order_id: order.value.order_id };
            let change = changed(order, decided.change, decided.also, Actor::Customer);
            (change.map(|change| change.insert::<ReturnRow>(&known)), decided.returned)
        }))
    }
}

/// Converts a decision about a return to the change of its order's row.
fn changed(
    order: &Stored<Order>,
    change: Option<Change>,
    also: Option<domain::events::OrderEvent>,
    by: Actor,
) -> Option<store::Change<OrderRow, Problem>> {
    change.map(|change| order_rows::change(order, change, by).emit(also))
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::orders::OrderRefusal;
    use domain::users::UserRefusal;
    use edge::contract::{Header, Operation};

    let not_found = &["return_not_found"];
    vec![
        Operation::of("request-return", request_return)
            .path::<OrderId>()
            .created()
            .idempotency_key(Header::Required)
            .refuses(OrderRefusal::CODES, &["order_not_found"])
            .refuses(
                ReturnRefusal::CODES,
                &[
                    "return_window_over",
                    "nothing_to_return",
                    "not_returnable",
                    "quantity_exceeds_shipped",
                    "too_many_returns",
                ],
            ),
        Operation::of("receive-return", receive_return)
            .path::<ReturnId>()
            .idempotency_key(Header::Required)
            .refuses(ReturnRefusal::CODES, not_found)
            .refuses(
                ReturnRefusal::CODES,
                &[
                    "return_received",
                    "return_not_accepted",
                    "quantity_exceeds_return",
                    "deduction_too_large",
                    "payment_disputed",
                    "capture_pending",
                    "too_many_refunds",
                ],
            ),
        Operation::of("decide-return", decide_return)
            .path::<ReturnId>()
            .refuses(ReturnRefusal::CODES, not_found)
            .refuses(ReturnRefusal::CODES, &["withdrawal_cannot_be_refused", "return_decided"]),
        Operation::of("list-returns", list_returns).list(),
        Operation::of("declare-withdrawal", declare_withdrawal)
            .accepted()
            .refuses(UserRefusal::CODES, &["too_many_claims"]),
    ]
}
