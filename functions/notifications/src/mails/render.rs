//! Renders mails from the templates in `templates/`: a folder per language, with an HTML and a text template per kind. The text
//! template holds the subject, too.

use std::sync::OnceLock;

use domain::words::contact::{Contact, MailLink};
use domain::words::locale::Language;
use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::Serialize;

use crate::mails::mail::{Content, Kind, Mail};
use crate::mails::recipient::Recipient;

/// The templates. Those of a language are parsed when its first mail is rendered, to keep the function's cold start short.
#[derive(Debug)]
pub struct Templates {
    english: OnceLock<Environment<'static>>,
    german: OnceLock<Environment<'static>>,
    shop_url: String,
}

/// A rendered mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its language.
    pub language: Language,
    /// The subject line.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
}

/// The variables of every template.
#[derive(Serialize)]
struct Context<'a> {
    // Only in the HTML template. It never contains customer input.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    // Links consist of the deployment's configuration and of ids, so they need no escaping.
    shop_url: Value,
    order_url: Option<Value>,
    // Undefined without a link, so that a mail that needs one is not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Value>,
    at: Timestamp,
    #[serde(flatten)]
    content: &'a Content,
}

/// Lists the templates of a language, with their names.
macro_rules! sources {
    ($language:literal, [$($name:literal),* $(,)?]) => {
        &[$(($name, include_str!(concat!("templates/", $language, "/", $name)))),*]
    };
    ($language:literal) => {
        sources!($language, [
            "layout.html", "layout.txt", "order_lines.html", "order_lines.txt", "parcel_lines.html", "parcel_lines.txt",
            "decline_reason.txt",
            "welcome.html", "welcome.txt", "reset_password.html", "reset_password.txt",
            "confirm_email.html", "confirm_email.txt", "email_changed.html", "email_changed.txt",
            "password_changed.html", "password_changed.txt", "second_factor_added.html",
            "second_factor_added.txt", "second_factor_removed.html", "second_factor_removed.txt",
            "invitation.html", "invitation.txt", "roles_changed.html", "roles_changed.txt",
            "erasure_requested.html", "erasure_requested.txt",
            "order_received.html", "order_received.txt",
            "order_confirmed.html", "order_confirmed.txt", "order_cancelled.html", "order_cancelled.txt",
            "order_expired.html", "order_expired.txt", "order_out_of_stock.html", "order_out_of_stock.txt",
            "order_shipped.html", "order_shipped.txt",
            "order_again.html", "order_again.txt",
            "order_lines_cancelled.html", "order_lines_cancelled.txt",
            "order_note.html", "order_note.txt",
            "return_acknowledged.html", "return_acknowledged.txt", "return_accepted.html", "return_accepted.txt",
            "return_refused.html", "return_refused.txt", "return_received.html", "return_received.txt",
            "statement_received.html", "statement_received.txt", "order_link.html", "order_link.txt",
            "payment_action_required.html", "payment_action_required.txt", "payment_failed.html",
            "payment_failed.txt", "refund_succeeded.html", "refund_succeeded.txt", "refund_failed.html",
            "refund_failed.txt", "back_in_stock.html", "back_in_stock.txt",
            "staff.html", "staff.txt", "staff_new_order.html", "staff_new_order.txt",
            "staff_low_stock.html", "staff_low_stock.txt", "staff_dispute.html", "staff_dispute.txt",
            "staff_refund_failed.html", "staff_refund_failed.txt",
            "staff_withdrawal.html", "staff_withdrawal.txt",
        ])
    };
}

const ENGLISH: &[(&str, &str)] = sources!("en");
const GERMAN: &[(&str, &str)] = sources!("de");

impl Templates {
    /// Creates the templates, with links to the shop at `public_url`.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        let shop_url = public_url.trim_end_matches('/').to_owned();
        Self { english: OnceLock::new(), german: OnceLock::new(), shop_url }
    }

    /// Renders a mail about what happened at a time, in the recipient's language and with the link that it brings.
    ///
    /// It holds no text of its recipient's, not even their name: an address may belong to somebody who
    /// never gave it to the shop, and the name would be a stranger's message in the shop's own mail.
    ///
    /// # Errors
    /// If a template does not parse, or uses a variable that the mail does not set.
    pub fn render(&self, mail: &Mail, contact: &Contact, at: Timestamp) -> Result<Rendered, Error> {
        let language = contact.locale.language();
        let templates = self.parsed(language)?;
        let template = |form: &str| templates.get_template(&format!("{}.{form}", mail.kind.name()));
        let mut context = self.context(mail, contact.link.as_ref(), at);
        let subject = self.subject(mail.kind, language)?;
        let text = template("txt")?.render(Value::from(Serde(&context)))?;
        context.subject = Some(&subject);
        let html = template("html")?.render(Value::from(Serde(&context)))?;
        Ok(Rendered { language, html, text, subject })
    }

    /// Returns the subject line of a kind of mail.
    ///
    /// # Errors
    /// If a template does not parse.
    pub fn subject(&self, kind: Kind, language: Language) -> Result<String, Error> {
        let text = self.parsed(language)?.get_template(&format!("{}.txt", kind.name()))?;
        text.new_state().render_block("subject")
    }

    fn context<'a>(&self, mail: &'a Mail, link: Option<&MailLink>, at: Timestamp) -> Context<'a> {
        let page = match mail.to {
            Recipient::User(_) => "order",
            Recipient::Staff => "console/orders",
        };
        let url = |id| Value::from_safe_string(format!("{}/{page}/{id}", self.shop_url));
        Context {
            subject: None,
            shop_url: Value::from_safe_string(self.shop_url.clone()),
            order_url: mail.content.order_id().map(url),
            link: link.map(|link| Value::from_safe_string(link.reveal().to_owned())),
            at,
            content: &mail.content,
        }
    }

    fn parsed(&self, language: Language) -> Result<&Environment<'static>, Error> {
        let (cell, sources) = match language {
            Language::En => (&self.english, ENGLISH),
            Language::De => (&self.german, GERMAN),
        };
        if let Some(parsed) = cell.get() {
            return Ok(parsed);
        }
        let parsed = writing::templates(sources, language)?;
        Ok(cell.get_or_init(|| parsed))
    }
}
