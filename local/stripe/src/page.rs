//! The page on which a customer confirms a payment with their bank, in place of the bank's (3-D Secure). It is reached by the
//! URL in `next_action`, and leads back to the shop.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use super::Shared;
use super::books::Waiting;

/// The path of the page, before the PaymentIntent's id.
pub(super) const PATH: &str = "/authenticate";

/// Who may see it: whoever knows the client secret.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    client_secret: String,
}

/// The customer's answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    client_secret: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Authenticate,
    Fail,
    Abandon,
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(known): Query<Known>,
) -> Response {
    match shared.state().books.waiting(&id, &known.client_secret) {
        Some(waiting) => Html(page(&id, &known.client_secret, &waiting)).into_response(),
        None => nothing(),
    }
}

pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let Ok(answered) = serde_urlencoded::from_str::<Answered>(&body) else { return nothing() };
    let Some(waiting) = shared.state().books.waiting(&id, &answered.client_secret) else { return nothing() };
    let succeeds = match answered.outcome {
        Outcome::Authenticate => Some(true),
        Outcome::Fail => Some(false),
        Outcome::Abandon => None,
    };
    if let Some(succeeds) = succeeds
        && !shared.authenticate(&id, succeeds, shared.clock.now())
    {
        return nothing();
    }
    match waiting.return_url {
        Some(url) => Redirect::to(&back(&url, &id, succeeds)).into_response(),
        None => Html("<p>Done. You can close this page.</p>".to_owned()).into_response(),
    }
}

/// Returns the URL that leads back to the shop, with what Stripe adds to it.
fn back(url: &str, id: &str, succeeds: Option<bool>) -> String {
    let status = match succeeds {
        Some(true) => "succeeded",
        Some(false) => "failed",
        None => "pending",
    };
    led_back(url, "payment_intent", id, status)
}

/// Returns a URL of the shop with what became of an object.
pub(super) fn led_back(url: &str, object: &str, id: &str, status: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{object}={id}&redirect_status={status}")
}

pub(super) fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Html("<p>There is nothing to confirm here.</p>")).into_response()
}

/// The id and the secret consist of letters, digits and underscores, the amount of digits and letters: nothing is to escape.
fn page(id: &str, client_secret: &str, waiting: &Waiting) -> String {
    let Waiting { amount, currency, .. } = waiting;
    let (whole, cents, currency) = (amount / 100, amount % 100, currency.to_uppercase());
    framed(
        "Confirm your payment",
        &format!(
            r#"<p>Your bank asks you to confirm a payment of <strong>{whole}.{cents:02} {currency}</strong>.</p>
  <p class="note">This is the laptop's payment gateway, in place of a bank's page. No money moves.</p>
  <form method="post" action="{PATH}/{id}">
    <input type="hidden" name="client_secret" value="{client_secret}">
    <button name="outcome" value="authenticate" class="first">Confirm the payment</button>
    <button name="outcome" value="fail">Fail the confirmation</button>
    <button name="outcome" value="abandon">Go back without an answer</button>
  </form>"#
        ),
    )
}

/// Returns a page with a title.
pub(super) fn framed(title: &str, content: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; color: #1d1d1f; }}
  p.note {{ color: #5a5a5f; }}
  button {{ display: block; width: 100%; margin: .75rem 0; padding: .8rem; font: inherit; border: 1px solid #1d1d1f; border-radius: .5rem; background: #fff; cursor: pointer; }}
  button.first {{ background: #1d1d1f; color: #fff; }}
</style>
<main>
  <h1>{title}</h1>
  {content}
</main>
</html>
"#
    )
}
