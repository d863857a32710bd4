//! The page on which whoever runs the laptop's shop has its balance paid out at once.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::Shared;
use super::page::framed;

/// The path of the page.
pub(super) const PATH: &str = "/payouts";

pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let made = shared.state().books.payouts_made();
    let page = format!(
        r#"<p class="note">This is the laptop's payment gateway. It pays out at the end of each day; so far, {made} times.
  Before it pays out now, what was refunded to the card <code>pm_card_refundFail</code> comes back.</p>
  <form method="post" action="{PATH}"><button>Pay out now</button></form>"#
    );
    Html(framed("Payouts", &page)).into_response()
}

pub(super) async fn pay_out(State(shared): State<Arc<Shared>>) -> Response {
    let now = shared.clock.now();
    shared.return_refunds(now);
    shared.pay_out(now);
    Redirect::to(PATH).into_response()
}
