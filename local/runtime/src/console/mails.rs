//! Sent mails, as data and as they look.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};
use serde::Deserialize;

use super::{Console, LONGEST_WAIT, Refused};
use engines::aws::Mail;

/// A mail runs nothing and loads nothing, whatever it contains. Its links open in a window of their own, and the page around
/// it may measure its height.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; form-action 'none'; \
    frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";

#[derive(Deserialize)]
pub(super) struct Wanted {
    to: Option<String>,
    /// Text that the subject contains.
    subject: Option<String>,
    /// How long to wait for a matching mail, in milliseconds.
    wait: Option<u64>,
    /// How many of the newest to return.
    newest: Option<usize>,
    /// Whether to leave the bodies out.
    #[serde(default)]
    summary: bool,
}

pub(super) async fn list(State(console): State<Console>, Query(wanted): Query<Wanted>) -> Json<Vec<Mail>> {
    let fits = |mail: &Mail| {
        wanted.to.as_ref().is_none_or(|to| mail.to.contains(to))
            && wanted.subject.as_ref().is_none_or(|subject| mail.subject.contains(subject.as_str()))
    };
    let mailbox = console.endpoint.mailbox();
    if let Some(wait) = wanted.wait {
        let within = Duration::from_millis(wait).min(LONGEST_WAIT);
        // After a timeout the response is whatever matches, possibly nothing.
        if let Err(error) = mailbox.wait_for(within, fits).await {
            tracing::debug!(%error, "no matching mail has arrived");
        }
    }
    let mut mails: Vec<Mail> = mailbox.all().into_iter().filter(fits).collect();
    mails.drain(..mails.len().saturating_sub(wanted.newest.unwrap_or(usize::MAX)));
    if wanted.summary {
        for mail in &mut mails {
            (mail.html, mail.text, mail.mime) = (None, None, None);
        }
    }
    Json(mails)
}

pub(super) async fn one(
    State(console): State<Console>,
    Path(message_id): Path<String>,
) -> Result<Json<Mail>, Refused> {
    find(&console, &message_id).map(Json)
}

/// Returns a mail's HTML as a mail program shows it.
pub(super) async fn html(
    State(console): State<Console>,
    Path(message_id): Path<String>,
) -> Result<impl IntoResponse, Refused> {
    let html = find(&console, &message_id)?.html;
    let html = html.ok_or((StatusCode::NOT_FOUND, "the mail has no HTML part".to_owned()))?;
    // A link that opened in the frame would show a page without scripts.
    let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    Ok(([(CONTENT_SECURITY_POLICY, POLICY)], Html(html)))
}

fn find(console: &Console, message_id: &str) -> Result<Mail, Refused> {
    let mails = console.endpoint.mailbox().all();
    let found = mails.into_iter().find(|mail| mail.message_id == message_id);
    found.ok_or((StatusCode::NOT_FOUND, format!("no mail with the message id {message_id:?} is kept")))
}
