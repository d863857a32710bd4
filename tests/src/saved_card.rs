//! The page on which a customer saves a card.

use serde_json::Value;

/// Enters a test card, for a reply of `set-up-payment-method`, as a browser does on the page that it names.
///
/// # Errors
/// If the reply names no page, or the payment gateway does not answer.
pub async fn enter(set_up: &Value, card: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let page = set_up["redirect_url"].as_str().ok_or_else(|| format!("no page in {set_up}"))?;
    let (url, secret) = page.split_once("?client_secret=").ok_or("no client secret")?;
    let form = format!("client_secret={secret}&card={card}&return_url=");
    reqwest::Client::new().post(url).body(form).send().await?.error_for_status()?;
    Ok(())
}
