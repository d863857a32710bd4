//! Renders mails from the templates in `templates/`, as HTML and as text.

use std::sync::OnceLock;

use domain::words::contact::MailLink;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::Serialize;
use strum::VariantArray;

use crate::mails::mail::{Content, Kind, Mail};

/// The templates. They are parsed when the first mail is rendered, to keep the function's cold start short.
#[derive(Debug)]
pub struct Templates {
    parsed: OnceLock<Environment<'static>>,
    shop_url: String,
}

/// A rendered mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject line.
    pub subject: &'static str,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
}

/// The variables of every template.
#[derive(Serialize)]
struct Context<'a> {
    subject: &'static str,
    // Links consist of the deployment's configuration and of ids, so they need no escaping.
    shop_url: Value,
    order_url: Option<Value>,
    // Undefined without a link, so that a mail that needs one is not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Value>,
    #[serde(flatten)]
    content: &'a Content,
}

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),*]
    };
}

const SHARED: [(&str, &str); 4] =
    sources!["layout.html", "layout.txt", "order_lines.html", "order_lines.txt"];

impl Kind {
    /// Returns the HTML and the text template.
    fn templates(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Welcome => sources!["welcome.html", "welcome.txt"],
            Self::ResetPassword => sources!["reset_password.html", "reset_password.txt"],
            Self::ConfirmEmail => sources!["confirm_email.html", "confirm_email.txt"],
            Self::EmailChanged => sources!["email_changed.html", "email_changed.txt"],
            Self::PasswordChanged => sources!["password_changed.html", "password_changed.txt"],
            Self::OrderReceived => sources!["order_received.html", "order_received.txt"],
            Self::OrderConfirmed => sources!["order_confirmed.html", "order_confirmed.txt"],
            Self::OrderCancelled => sources!["order_cancelled.html", "order_cancelled.txt"],
            Self::OrderExpired => sources!["order_expired.html", "order_expired.txt"],
            Self::OrderOutOfStock => sources!["order_out_of_stock.html", "order_out_of_stock.txt"],
            Self::PaymentActionRequired => {
                sources!["payment_action_required.html", "payment_action_required.txt"]
            }
            Self::PaymentFailed => sources!["payment_failed.html", "payment_failed.txt"],
            Self::RefundSucceeded => sources!["refund_succeeded.html", "refund_succeeded.txt"],
            Self::RefundFailed => sources!["refund_failed.html", "refund_failed.txt"],
        }
    }
}

impl Templates {
    /// Creates the templates, with links to the shop at `public_url`.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self { parsed: OnceLock::new(), shop_url: public_url.trim_end_matches('/').to_owned() }
    }

    /// Renders a mail, with the link that it brings.
    ///
    /// It holds no text of its recipient's, not even their name: an address may belong to somebody who
    /// never gave it to the shop, and the name would be a stranger's message in the shop's own mail.
    ///
    /// # Errors
    /// If a template does not parse, or uses a variable that the mail does not set.
    pub fn render(&self, mail: &Mail, link: Option<&MailLink>) -> Result<Rendered, Error> {
        let subject = mail.kind.subject();
        let context = Value::from(Serde(Context {
            subject,
            shop_url: Value::from_safe_string(self.shop_url.clone()),
            order_url: mail
                .content
                .order_id()
                .map(|id| Value::from_safe_string(format!("{}/orders/{id}", self.shop_url))),
            link: link.map(|link| Value::from_safe_string(link.reveal().to_owned())),
            content: &mail.content,
        }));
        let [(html, _), (text, _)] = mail.kind.templates();
        let templates = self.parsed()?;
        let write = |template: &str| templates.get_template(template)?.render(context.clone());
        Ok(Rendered { subject, html: write(html)?, text: write(text)? })
    }

    fn parsed(&self) -> Result<&Environment<'static>, Error> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed);
        }
        let parsed = parse()?;
        Ok(self.parsed.get_or_init(|| parsed))
    }
}

fn parse() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    // A missing variable is an error instead of an empty string in a customer's mail.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The file extension decides about escaping: `.html` is escaped, `.txt` is not.
    let kinds = Kind::VARIANTS.iter().flat_map(|kind| kind.templates());
    for (name, source) in SHARED.into_iter().chain(kinds) {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}
