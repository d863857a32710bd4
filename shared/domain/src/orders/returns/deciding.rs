//! The staff decide whether the shop takes back what is said to be defective.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DUE_WITHIN, OrderReturn, ReturnKind, ReturnRefusal, ReturnState, Returning};
use crate::events::{OrderEvent, ReturnDecided};
use crate::orders::{Change, Order};
use crate::words::id::ReturnId;
use crate::words::setting::Note;

/// Whether the shop takes the goods back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether it does.
    pub accepted: bool,
    /// Why, for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

impl Order {
    /// Accepts or refuses a return of defective goods. The same decision again changes nothing.
    ///
    /// # Errors
    /// If the order has no such return, it was decided otherwise, or it is a withdrawal that is refused.
    pub fn decide_return(
        &self,
        return_id: ReturnId,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Result<Returning, ReturnRefusal> {
        let known = self.return_of(return_id)?;
        if known.kind == ReturnKind::Withdrawal && !verdict.accepted {
            return Err(ReturnRefusal::CannotBeRefused);
        }
        let status = if verdict.accepted { ReturnState::Accepted } else { ReturnState::Refused };
        if known.status == status {
            return Ok(Returning::known(known));
        }
        if known.status != ReturnState::Requested {
            return Err(ReturnRefusal::Decided);
        }
        let returned = OrderReturn {
            status,
            reason: verdict.reason.clone(),
            decided_at: Some(now),
            refund_due_at: now + DUE_WITHIN,
            send_by: verdict.accepted.then(|| now + DUE_WITHIN),
            ..known.clone()
        };
        let event = Some(OrderEvent::ReturnDecided(ReturnDecided {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            return_id,
            lines: self.titled(&returned.lines),
            accepted: verdict.accepted,
            send_by: returned.send_by,
        }));
        let order = self.with_return(&returned, now);
        Ok(Returning { returned, change: Some(Change { event, ..order.into() }), also: None })
    }
}
