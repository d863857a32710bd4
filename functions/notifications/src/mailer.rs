//! Sends mail by SES.

use std::sync::Arc;

use aws_sdk_ses::Client;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{BuildError, SdkError};
use aws_sdk_ses::operation::send_email::SendEmailError;
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use domain::person::{Contact, Email};
use edge::{Connect, Environment, InitError, timeouts};

use crate::mail::Mail;
use crate::render::{Rendered, Templates};

/// Writes mails and sends them in the shop's name.
#[derive(Debug, Clone)]
pub struct Mailer {
    ses: Client,
    from: Arc<str>,
    templates: Arc<Templates>,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The mail cannot be put together.
    #[error("the mail cannot be put together")]
    Malformed(#[from] BuildError),
    /// SES refused it: it was certainly not sent.
    #[error("SES refused the mail")]
    Refused(#[source] Box<SdkError<SendEmailError>>),
    /// SES gave no answer: it may have been sent.
    #[error("SES did not answer: whether the mail was sent is not known")]
    Unknown(#[source] Box<SdkError<SendEmailError>>),
}

impl Connect for Mailer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        // SendEmail knows no idempotency key: an SDK that repeats a call whose answer was lost sends the mail twice. So it
        // is called once, with the time of all tries; what fails comes again by the queue.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(timeouts::CONNECT)
            .operation_attempt_timeout(timeouts::SDK_OPERATION)
            .operation_timeout(timeouts::SDK_OPERATION)
            .build();
        let config = aws_sdk_ses::config::Builder::from(environment.aws())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let templates = Templates::new(environment.variable("PUBLIC_URL")?).map_err(|error| {
            InitError::Failed { what: "read the mails' templates", source: Box::new(error) }
        })?;
        Ok(Self::new(Client::from_conf(config), environment.variable("MAIL_FROM")?, templates))
    }
}

impl Mailer {
    /// A mailer that sends by `ses`, in the name of `from`.
    #[must_use]
    pub fn new(ses: Client, from: &str, templates: Templates) -> Self {
        Self { ses, from: from.into(), templates: Arc::new(templates) }
    }

    /// Writes a mail.
    ///
    /// # Errors
    /// When its template names what the mail does not say.
    pub fn render(&self, mail: &Mail, contact: &Contact) -> Result<Rendered, minijinja::Error> {
        self.templates.render(mail, &contact.name)
    }

    /// Sends a mail, and gives SES's id of it.
    ///
    /// # Errors
    /// When SES refuses or does not answer; the two differ in whether the mail may have been sent.
    pub async fn send(&self, rendered: &Rendered, to: &Email) -> Result<String, SendError> {
        let body = Body::builder().html(utf8(&rendered.html)?).text(utf8(&rendered.text)?).build();
        let sent = self
            .ses
            .send_email()
            .source(&*self.from)
            .destination(Destination::builder().to_addresses(to.to_string()).build())
            .message(Message::builder().subject(utf8(rendered.subject)?).body(body).build())
            .send()
            .await
            .map_err(|error| match &error {
                SdkError::ServiceError(answer) if answer.raw().status().is_client_error() => {
                    SendError::Refused(Box::new(error))
                }
                _ => SendError::Unknown(Box::new(error)),
            })?;
        Ok(sent.message_id)
    }
}

fn utf8(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}
