//! Writes mails from the templates in `templates/`, as HTML and as text.

use domain::id::OrderId;
use domain::person::Name;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::Serialize;

use crate::mail::{Content, Kind, Mail};

/// The templates, parsed.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    shop_url: String,
}

/// A mail, written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject line.
    pub subject: &'static str,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
}

/// What every template knows.
#[derive(Serialize)]
struct Context<'a> {
    subject: &'static str,
    name: &'a str,
    // Links are of the deployment's own configuration and of ids, so there is nothing in them to escape.
    shop_url: Value,
    order_url: Option<Value>,
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
    /// The HTML and the text template.
    fn templates(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Welcome => sources!["welcome.html", "welcome.txt"],
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
        }
    }
}

impl Templates {
    /// Parses the templates; links go to the shop at `public_url`.
    ///
    /// # Errors
    /// When one does not parse.
    pub fn new(public_url: &str) -> Result<Self, Error> {
        let mut environment = Environment::new();
        // A variable that is missing is a mistake, not an empty word in a customer's mail.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        // By their names' ends, what goes into `.html` is escaped, and what goes into `.txt` is not.
        for (name, source) in SHARED.into_iter().chain(Kind::ALL.into_iter().flat_map(Kind::templates)) {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment, shop_url: public_url.trim_end_matches('/').to_owned() })
    }

    /// Writes a mail to a person.
    ///
    /// # Errors
    /// When a template names what the mail does not say.
    pub fn render(&self, mail: &Mail, name: &Name) -> Result<Rendered, Error> {
        let subject = mail.kind.subject();
        let context = Value::from(Serde(Context {
            subject,
            name: name.as_ref(),
            shop_url: Value::from_safe_string(self.shop_url.clone()),
            order_url: mail
                .content
                .order_id()
                .map(|id| Value::from_safe_string(format!("{}/orders/{id}", self.shop_url))),
            content: &mail.content,
        }));
        let [(html, _), (text, _)] = mail.kind.templates();
        let write = |template: &str| self.environment.get_template(template)?.render(context.clone());
        Ok(Rendered { subject, html: write(html)?, text: write(text)? })
    }
}

impl Content {
    fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::Account {} => None,
            Self::Order { order_id, .. }
            | Self::Payment { order_id, .. }
            | Self::Declined { order_id, .. } => Some(*order_id),
        }
    }
}
