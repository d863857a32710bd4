//! Somebody withdraws from a contract without signing in (Directive 2011/83/EU, Article 11a).
//!
//! If an order can be told from the declaration, it is a return of that order. Otherwise it waits for the staff, as a statement:
//! docs/decisions/0092-a-statement-is-a-guests.md.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Confirmed, DUE_WITHIN, ReturnKind, ReturnRefusal, ReturnRequest, Verdict};
use crate::events::{OrderEvent, StatementReceived};
use crate::orders::{DeclaredNumber, Order};
use crate::words::id::{OrderId, ReturnId, UserId};
use crate::words::line::{Line, Lines};
use crate::words::locale::Locale;
use crate::words::person::{Email, Name};
use crate::words::setting::Note;

/// How long a statement is kept after the staff have closed it.
pub const KEPT_CLOSED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The declaration of somebody who withdraws from a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who declares it.
    pub name: Name,
    /// The number of the order.
    pub order_number: DeclaredNumber,
    /// The address that the order was placed with, to which the acknowledgement is sent.
    pub email: Email,
    /// What the withdrawal is from; from the whole contract, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    /// The language of the acknowledgement, for an address that is no customer's; English if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
}

impl Declaration {
    /// Returns the statement's id: the same for the same declaration, so that it is recorded once, however often it is sent. A return
    /// that it becomes has this id, too.
    #[must_use]
    pub fn statement_id(&self) -> ReturnId {
        let line = |line: &Line| format!("{}x{}", line.quantity, line.sku);
        let lines: Vec<String> = self.lines.iter().flat_map(Lines::as_slice).map(line).collect();
        ReturnId::derived_from(&[
            "statement",
            self.order_number.as_ref(),
            self.email.as_ref(),
            &lines.join(" "),
        ])
    }

    /// Returns the id by which the user service knows who has declared it, if that is no customer.
    #[must_use]
    pub fn declarant(&self) -> UserId {
        UserId::derived_from(&["declarant", &self.statement_id().to_string()])
    }

    /// Returns what is asked for, of the order that it is about.
    #[must_use]
    pub fn request(&self) -> ReturnRequest {
        let lines = self.lines.clone();
        ReturnRequest { kind: ReturnKind::Withdrawal, lines, note: None, confirm: Confirmed }
    }

    /// Returns the statement that waits for the staff, with its event. `refused` is the order that it is about, and the code of why it
    /// was not carried out; none if no order can be told from it. The customer of an order is reached where the statement names; nobody
    /// else is known before.
    #[must_use]
    pub fn statement(
        &self,
        refused: Option<(&Order, &str)>,
        now: Timestamp,
    ) -> (WithdrawalStatement, OrderEvent) {
        let statement = WithdrawalStatement {
            statement_id: self.statement_id(),
            user_id: refused.map_or_else(|| self.declarant(), |(order, _)| order.user_id),
            order_number: self.order_number.clone(),
            lines: self.lines.clone().map(Vec::from).unwrap_or_default(),
            received_at: now,
            due_at: now + DUE_WITHIN,
            assigned_to: refused.map(|(order, _)| order.order_id),
            refused_because: refused.map(|(_, code)| code.to_owned()),
            closed: None,
        };
        let event = OrderEvent::StatementReceived(StatementReceived {
            statement_id: statement.statement_id,
            user_id: statement.user_id,
            number: self.order_number.to_string(),
            lines: statement.lines.clone(),
            is_assigned: refused.is_some(),
        });
        (statement, event)
    }
}

/// A declaration that became no return, and waits for the staff. Whoever has declared it is known to the user service alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WithdrawalStatement {
    /// Its id.
    pub statement_id: ReturnId,
    /// The order's customer, or else the guest as whom the user service keeps the name and the address, for ninety days:
    /// `GET /admin/users?user_id=…`.
    pub user_id: UserId,
    /// The number that was stated.
    pub order_number: DeclaredNumber,
    /// What the withdrawal is from; from the whole contract, if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// When it was received.
    pub received_at: Timestamp,
    /// By when the money would have to be paid back.
    pub due_at: Timestamp,
    /// The order that it is about, if the number and the address are those of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<OrderId>,
    /// The code of why it was not carried out, if the order is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
    /// What the staff have done about it, if they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedStatement>,
}

/// What the staff have done about a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClosedStatement {
    /// Whether they have done what it asks for.
    pub accepted: bool,
    /// How, or why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// When.
    pub at: Timestamp,
}

impl WithdrawalStatement {
    /// Closes it. The same verdict again changes nothing.
    ///
    /// # Errors
    /// If it was closed otherwise before.
    pub fn close(&self, verdict: &Verdict, now: Timestamp) -> Result<Option<Self>, ReturnRefusal> {
        match &self.closed {
            Some(closed) if closed.accepted == verdict.accepted => Ok(None),
            Some(_) => Err(ReturnRefusal::Decided),
            None => {
                let Verdict { accepted, reason } = verdict.clone();
                Ok(Some(Self { closed: Some(ClosedStatement { accepted, reason, at: now }), ..self.clone() }))
            }
        }
    }

    /// Returns when it can be forgotten; `None` while it waits for the staff.
    #[must_use]
    pub fn kept_until(&self) -> Option<Timestamp> {
        self.closed.as_ref().map(|closed| closed.at + KEPT_CLOSED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn declared(number: &str, email: &str, lines: Value) -> Declaration {
        let body = json!({ "name": "Ada", "order_number": number, "email": email, "lines": lines });
        serde_json::from_value(body).unwrap()
    }

    fn cups(quantity: u32) -> Value {
        json!([{ "sku": "CUP-BLUE", "quantity": quantity }])
    }

    #[test]
    fn the_same_declaration_is_one_statement_however_it_is_typed() {
        let typed = |number, email| declared(number, email, Value::Null).statement_id();
        assert_eq!(typed("X60W-P2C2M", "ada@example.com"), typed(" x60w p2c2m", "Ada@Example.com"));
        let all = [
            declared("X60W-P2C2M", "ada@example.com", Value::Null),
            declared("X60W-P2C2M", "eve@example.com", Value::Null),
            declared("X60W-P2C2N", "ada@example.com", Value::Null),
            declared("X60W-P2C2M", "ada@example.com", cups(1)),
            declared("X60W-P2C2M", "ada@example.com", cups(2)),
        ];
        let ids: std::collections::HashSet<ReturnId> = all.iter().map(Declaration::statement_id).collect();
        assert_eq!(ids.len(), all.len());
    }

    #[test]
    fn a_statement_is_closed_once_and_forgotten_later() {
        let (open, event) = declared("X60W-P2C2N", "ada@example.com", cups(1)).statement(None, NOW);
        assert_eq!((open.kept_until(), open.due_at), (None, NOW + DUE_WITHIN));
        assert!(
            matches!(event, OrderEvent::StatementReceived(received) if !received.is_assigned && received.lines.len() == 1)
        );
        let verdict = |accepted| Verdict { accepted, reason: None };
        let closed = open.close(&verdict(true), NOW).unwrap().unwrap();
        assert_eq!(closed.kept_until(), Some(NOW + KEPT_CLOSED));
        assert_eq!(closed.close(&verdict(true), NOW + DUE_WITHIN), Ok(None));
        assert_eq!(closed.close(&verdict(false), NOW), Err(ReturnRefusal::Decided));
    }

    proptest! {
        /// What staff and the mail see of a declaration, neither the table of orders nor an event names its author by more than an id.
        #[test]
        fn neither_a_statement_nor_its_event_has_the_name_or_the_address(local in "[a-z]{6,12}") {
            let email = format!("{local}@people.example");
            let body = json!({ "name": format!("Ms {local}"), "order_number": "no idea", "email": email });
            let declaration: Declaration = serde_json::from_value(body).unwrap();
            let (statement, event) = declaration.statement(None, NOW);
            let written = format!("{} {}", serde_json::to_string(&statement).unwrap(), serde_json::to_string(&event).unwrap());
            prop_assert!(!written.contains(&local), "{}", written);
        }
    }
}
