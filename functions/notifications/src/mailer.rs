//! Sends mail by SES.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_ses::Client;
use aws_sdk_ses::config::Builder;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::RequestId;
use aws_sdk_ses::operation::send_email::SendEmailError;
use aws_sdk_ses::types::{Body, Content, Destination, Message, MessageTag};
use backon::{ExponentialBuilder, Retryable};
use domain::person::{Contact, Email};
use edge::queue::Delivery;
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
    /// SES refused it: it was certainly not sent. Its message names addresses, and is left out: what is logged here names
    /// no person.
    #[error("SES refused the mail: {code} (request {request_id})")]
    Refused {
        /// SES's error code: `MessageRejected`.
        code: String,
        /// SES's id of the request, for its support.
        request_id: String,
    },
    /// SES takes no more mails at the moment, or none today: it was certainly not sent.
    #[error("SES takes no more mails at the moment: {code} (request {request_id})")]
    Throttled {
        /// SES's error code: `Throttling`.
        code: String,
        /// SES's id of the request, for its support.
        request_id: String,
    },
    /// SES failed, or gave no answer: it may have been sent.
    #[error("whether the mail was sent is not known")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How AWS's services say that they have not begun to do what they were asked for. SES's query API says the first.
const THROTTLED: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestLimitExceeded",
];

const TOO_MANY_REQUESTS: u16 = 429;

impl From<SdkError<SendEmailError>> for SendError {
    fn from(error: SdkError<SendEmailError>) -> Self {
        let SdkError::ServiceError(answer) = &error else { return Self::Unknown(Box::new(error)) };
        let code = answer.err().code().unwrap_or("without a code").to_owned();
        let request_id = answer.err().request_id().unwrap_or("without an id").to_owned();
        let status = answer.raw().status();
        if THROTTLED.contains(&code.as_str()) || status.as_u16() == TOO_MANY_REQUESTS {
            Self::Throttled { code, request_id }
        } else if status.is_client_error() {
            Self::Refused { code, request_id }
        } else {
            Self::Unknown(format!("SES failed: {code} (request {request_id})").into())
        }
    }
}

impl Connect for Mailer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let templates = Templates::new(environment.variable("PUBLIC_URL")?).map_err(|error| {
            InitError::Failed { what: "read the mails' templates", source: Box::new(error) }
        })?;
        Ok(Self::new(Client::new(environment.aws()), environment.variable("MAIL_FROM")?, templates))
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

    /// Sends a mail because of an event, and gives SES's id of it. While SES is too busy, it is tried again until `until`; the last try begins
    /// before.
    ///
    /// # Errors
    /// When SES refuses or does not answer; the two differ in whether the mail may have been sent.
    pub async fn send(
        &self,
        rendered: &Rendered,
        to: &Email,
        because: &Delivery,
        until: Instant,
    ) -> Result<String, SendError> {
        let sent = (|| self.send_once(rendered, to, because)).retry(patience());
        sent.when(|error| matches!(error, SendError::Throttled { .. }))
            .adjust(|_, pause| pause.filter(|pause| Instant::now() + *pause < until))
            .await
    }

    async fn send_once(
        &self,
        rendered: &Rendered,
        to: &Email,
        because: &Delivery,
    ) -> Result<String, SendError> {
        let body = Body::builder().html(utf8(&rendered.html)?).text(utf8(&rendered.text)?).build();
        let sent = self
            .ses
            .send_email()
            .source(&*self.from)
            .destination(Destination::builder().to_addresses(to.to_string()).build())
            .message(Message::builder().subject(utf8(rendered.subject)?).body(body).build())
            .set_tags(Some(tags(because)?))
            .customize()
            .config_override(once())
            .send()
            .await?;
        Ok(sent.message_id)
    }
}

/// SES counts mails by the second, so pauses soon are as long as that, and random: those who were refused together are not
/// to come again together.
fn patience() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_millis(800))
        .without_max_times()
}

/// SendEmail knows no idempotency key: an SDK that repeats a call whose answer was lost sends the mail twice. So it is
/// called once, with the time of all tries; what fails comes again by the queue. Only who was told that the mail was not sent
/// may try again by himself.
fn once() -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(timeouts::CONNECT)
        .operation_attempt_timeout(timeouts::SDK_OPERATION)
        .operation_timeout(timeouts::SDK_OPERATION)
        .build();
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// What SES says again of the mail in whatever it tells of it: bounces and complaints lead back to the request that caused it.
fn tags(because: &Delivery) -> Result<Vec<MessageTag>, BuildError> {
    let tag = |name: &str, value: &str| MessageTag::builder().name(name).value(value).build();
    // SES takes these characters in a tag, and no others; of API Gateway's ids that leaves out the `=` at their end.
    let is_taken = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let correlation_id: String = because.cause.correlation_id.chars().filter(is_taken).collect();
    let mut tags = vec![tag("event_id", &because.envelope.id.to_string())?];
    // Nor does it take an empty one.
    if !correlation_id.is_empty() {
        tags.push(tag("correlation_id", &correlation_id)?);
    }
    Ok(tags)
}

fn utf8(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}
