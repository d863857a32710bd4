//! The page on which whoever runs the laptop's shop decides disputes, in place of customers' banks.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Shared;
use super::objects::Dispute;
use super::page::{framed, nothing};

/// The path of the page, and before a dispute's id that of its decision.
pub(super) const PATH: &str = "/disputes";

/// The bank's answer.
#[derive(Debug, Deserialize)]
pub(super) struct Decided {
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Won,
    Lost,
}

pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let open = shared.state().books.undecided();
    let listed: String = open.iter().map(entry).collect();
    let listed = if listed.is_empty() { "<p>No payment is disputed.</p>".to_owned() } else { listed };
    let note = "This is the laptop's payment gateway. Pay with <code>pm_card_createDispute</code> to open a dispute.";
    Html(framed("Disputes", &format!(r#"<p class="note">{note}</p>{listed}"#))).into_response()
}

pub(super) async fn decide(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let Ok(Decided { outcome }) = serde_urlencoded::from_str::<Decided>(&body) else { return nothing() };
    if shared.decide(&id, outcome == Outcome::Won, shared.clock.now()) {
        Redirect::to(PATH).into_response()
    } else {
        nothing()
    }
}

/// The ids and the reason consist of letters, digits and underscores, the amount of digits and letters: nothing is to escape.
fn entry(dispute: &Dispute) -> String {
    let Dispute { id, amount, currency, reason, payment_intent, .. } = dispute;
    let (whole, cents, currency) = (amount / 100, amount % 100, currency.to_uppercase());
    format!(
        r#"<h2>{whole}.{cents:02} {currency}</h2>
  <p>{reason}, of {payment_intent}</p>
  <form method="post" action="{PATH}/{id}">
    <button name="outcome" value="won">The shop wins</button>
    <button name="outcome" value="lost">The customer wins</button>
  </form>"#
    )
}
