//! The page on which a customer enters a card to be saved, in place of Stripe's form, which the shop's own pages would show. It is
//! reached by the URL in `next_action`, to which the shop's page adds where it leads back to.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Shared;
use super::page::{framed, led_back, nothing};

/// The path of the page, before the SetupIntent's id.
pub(super) const PATH: &str = "/set-up";

/// The test cards to choose from, with what they are good for.
const CARDS: [(&str, &str); 4] = [
    ("pm_card_visa", "Visa 4242"),
    ("pm_card_mastercard", "Mastercard 4444"),
    ("pm_card_authenticationRequired", "Visa 3184, which asks for a confirmation"),
    ("pm_card_chargeCustomerFail", "Visa 0341, which is declined"),
];

/// Who may see it: whoever knows the client secret.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    client_secret: String,
    return_url: Option<String>,
}

/// The customer's answer: a card, or none.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    client_secret: String,
    return_url: String,
    card: String,
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(known): Query<Known>,
) -> Response {
    if shared.state().books.is_to_be_set_up(&id, &known.client_secret) {
        Html(page(&id, &known)).into_response()
    } else {
        nothing()
    }
}

pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let Ok(answered) = serde_urlencoded::from_str::<Answered>(&body) else { return nothing() };
    if !shared.state().books.is_to_be_set_up(&id, &answered.client_secret) {
        return nothing();
    }
    let is_card = CARDS.iter().any(|(token, _)| *token == answered.card);
    if is_card && !shared.set_up(&id, &answered.card, shared.clock.now()) {
        return nothing();
    }
    let status = if is_card { "succeeded" } else { "failed" };
    if answered.return_url.is_empty() {
        return Html("<p>Done. You can close this page.</p>".to_owned()).into_response();
    }
    Redirect::to(&led_back(&answered.return_url, "setup_intent", &id, status)).into_response()
}

/// The id and the secret consist of letters, digits and underscores. The URL is anybody's.
fn page(id: &str, Known { client_secret, return_url }: &Known) -> String {
    let return_url = escaped(return_url.as_deref().unwrap_or_default());
    let cards: String = CARDS
        .iter()
        .enumerate()
        .map(|(place, (token, name))| {
            let class = if place == 0 { r#" class="first""# } else { "" };
            format!("<button name=\"card\" value=\"{token}\"{class}>{name}</button>\n    ")
        })
        .collect();
    framed(
        "Save a card",
        &format!(
            r#"<p>Choose the card that the shop saves for your next orders.</p>
  <p class="note">This is the laptop's payment gateway, in place of Stripe's form. These are no real cards.</p>
  <form method="post" action="{PATH}/{id}">
    <input type="hidden" name="client_secret" value="{client_secret}">
    <input type="hidden" name="return_url" value="{return_url}">
    {cards}<button name="card" value="none">Go back without a card</button>
  </form>"#
        ),
    )
}

/// Returns a text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
