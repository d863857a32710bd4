//! Sends mail through SES.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use aws_sdk_ses::Client;
use aws_sdk_ses::config::Builder;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::RequestId;
use aws_sdk_ses::operation::send_raw_email::SendRawEmailError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use backon::{ExponentialBuilder, Retryable};
use domain::words::contact::Contact;
use domain::words::person::Email;
use edge::queue::Delivery;
use edge::{Connect, Environment, InitError, Pace, timeouts};
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;

use crate::mails::mail::Mail;
use crate::mails::render::{Rendered, Templates};

/// Renders mails and sends them from the shop's address.
#[derive(Clone)]
pub struct Mailer {
    /// Created when the first mail is sent, once per process.
    ses: Arc<LazyLock<Client, MakeClient>>,
    from: Arc<str>,
    /// The configuration set, which decides what SES reports about the mails.
    configuration: Arc<str>,
    templates: Arc<Templates>,
    pace: Pace,
}

type MakeClient = Box<dyn FnOnce() -> Client + Send>;

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The mail lacks a required part.
    #[error("the mail lacks a required part")]
    Malformed(#[from] BuildError),
    /// The mail cannot be written as MIME.
    #[error("the mail cannot be written as MIME")]
    Unwritable(#[source] std::io::Error),
    /// SES rejected the request, so the mail was not sent. SES's message contains addresses, so it is not logged.
    #[error("SES refused the mail: {code} (request {request_id})")]
    Refused {
        /// SES's error code: `MessageRejected`.
        code: String,
        /// SES's request id, for AWS support.
        request_id: String,
    },
    /// SES does not accept the recipient's address, and never will. The mail was not sent.
    #[error("SES does not accept the address: {code} (request {request_id})")]
    Undeliverable {
        /// SES's error code: `InvalidParameterValue`.
        code: String,
        /// SES's request id, for AWS support.
        request_id: String,
    },
    /// SES is throttling, or the daily quota is used up. The mail was not sent.
    #[error("SES is throttling: {code} (request {request_id})")]
    Throttled {
        /// SES's error code: `Throttling`.
        code: String,
        /// SES's request id, for AWS support.
        request_id: String,
    },
    /// SES failed or did not answer. The mail may have been sent.
    #[error("it is unknown whether the mail was sent")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Error codes with which AWS services reject a request before they act on it. SES's query API uses the first.
const THROTTLED: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestLimitExceeded",
];

/// Error codes with which SES rejects an address. The recipient's is the only part of a mail that differs in form from
/// one mail to the next.
const MALFORMED: [&str; 2] = ["InvalidParameterValue", "BadRequestException"];

const TOO_MANY_REQUESTS: u16 = 429;

impl From<SdkError<SendRawEmailError>> for SendError {
    fn from(error: SdkError<SendRawEmailError>) -> Self {
        let SdkError::ServiceError(answer) = &error else { return Self::Unknown(Box::new(error)) };
        let code = answer.err().code().unwrap_or("without a code").to_owned();
        let request_id = answer.err().request_id().unwrap_or("without an id").to_owned();
        let status = answer.raw().status();
        if THROTTLED.contains(&code.as_str()) || status.as_u16() == TOO_MANY_REQUESTS {
            Self::Throttled { code, request_id }
        } else if MALFORMED.contains(&code.as_str()) {
            Self::Undeliverable { code, request_id }
        } else if status.is_client_error() {
            Self::Refused { code, request_id }
        } else {
            Self::Unknown(format!("SES failed: {code} (request {request_id})").into())
        }
    }
}

impl Connect for Mailer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let aws = environment.aws().clone();
        let templates = Templates::new(environment.variable("PUBLIC_URL")?);
        let (from, configuration) =
            (environment.variable("MAIL_FROM")?, environment.variable("MAIL_CONFIGURATION")?);
        Ok(Self::new(move || Client::new(&aws), from, configuration, templates))
    }
}

impl Mailer {
    /// Creates a mailer that sends from `from`, by the rules of SES's configuration set `configuration`, with the client that
    /// `ses` creates.
    #[must_use]
    pub fn new(
        ses: impl FnOnce() -> Client + Send + 'static,
        from: &str,
        configuration: &str,
        templates: Templates,
    ) -> Self {
        let ses: MakeClient = Box::new(ses);
        let (ses, templates) = (Arc::new(LazyLock::new(ses)), Arc::new(templates));
        Self {
            ses,
            from: from.into(),
            configuration: configuration.into(),
            templates,
            pace: Pace::unlimited(),
        }
    }

    /// Sets the pace of all tries to send a mail.
    #[must_use]
    pub fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Renders a mail about what happened at a time, in the recipient's language and with the link that it brings.
    ///
    /// # Errors
    /// If its template uses a variable that the mail does not set.
    pub fn render(
        &self,
        mail: &Mail,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Rendered, minijinja::Error> {
        self.templates.render(mail, contact, at)
    }

    /// Sends a mail for an event and returns SES's message id. Retries while SES is throttling; the last attempt starts
    /// before `until`.
    ///
    /// # Errors
    /// If SES rejects the request or does not answer. Only in the second case may the mail have been sent.
    pub async fn send(
        &self,
        rendered: &Rendered,
        to: (&Mail, &Email),
        because: &Delivery,
        until: Instant,
    ) -> Result<String, SendError> {
        let sent = (|| self.send_in_turn(rendered, to, because, until)).retry(patience());
        sent.when(|error| matches!(error, SendError::Throttled { .. }))
            .adjust(|_, pause| pause.filter(|pause| Instant::now() + *pause < until))
            .await
    }

    async fn send_in_turn(
        &self,
        rendered: &Rendered,
        to: (&Mail, &Email),
        because: &Delivery,
        until: Instant,
    ) -> Result<String, SendError> {
        if self.pace.turn_before(until).await {
            return self.send_once(rendered, to, because).await;
        }
        // The queue delivers the message again.
        let (code, request_id) = ("the shop's own pace".to_owned(), "none".to_owned());
        Err(SendError::Throttled { code, request_id })
    }

    async fn send_once(
        &self,
        rendered: &Rendered,
        (mail, to): (&Mail, &Email),
        because: &Delivery,
    ) -> Result<String, SendError> {
        let message = self.message(rendered, to, because).map_err(SendError::Unwritable)?;
        let sent = self
            .ses
            .send_raw_email()
            .source(&*self.from)
            .destinations(to.as_ref())
            .raw_message(RawMessage::builder().data(Blob::new(message)).build()?)
            .configuration_set_name(&*self.configuration)
            .set_tags(Some(tags(mail, because)?))
            .customize()
            .config_override(once())
            .send()
            .await?;
        Ok(sent.message_id)
    }

    /// Returns the mail as MIME (RFC 5322, RFC 2045). SES replaces the date and the message id.
    ///
    /// Programs must not answer it, such as with a notice that somebody is on holiday: `Auto-Submitted` (RFC 3834 §5).
    fn message(&self, rendered: &Rendered, to: &Email, because: &Delivery) -> std::io::Result<Vec<u8>> {
        MessageBuilder::new()
            .from(("Bodega", &*self.from))
            .to(to.as_ref())
            .subject(rendered.subject.as_str())
            .date(because.now.as_second())
            .message_id(format!("{}@{}", because.envelope.id, domain_of(&self.from)))
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .header("Content-Language", Raw::new(rendered.language.tag()))
            .text_body(rendered.text.as_str())
            .html_body(rendered.html.as_str())
            .write_to_vec()
    }
}

/// Returns the retry policy. SES limits mails per second, so delays soon grow to that length. They are random, so that
/// deliveries throttled together do not retry together.
fn patience() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_millis(800))
        .without_max_times()
}

/// Returns a configuration without SDK retries. SendRawEmail takes no idempotency key, so an SDK retry after a lost answer
/// would send the mail twice. A single attempt gets the time of all attempts, and the queue redelivers the message
/// after a failure. Only a mail that was certainly not sent is retried here.
fn once() -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(timeouts::CONNECT)
        .operation_attempt_timeout(timeouts::SDK_OPERATION)
        .operation_timeout(timeouts::SDK_OPERATION)
        .build();
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// Returns the tags that SES repeats in every event about the mail. They link bounces and complaints to the request, and to the
/// mail's record.
fn tags(mail: &Mail, because: &Delivery) -> Result<Vec<MessageTag>, BuildError> {
    let tag = |name: &str, value: &str| MessageTag::builder().name(name).value(value).build();
    // SES accepts no other characters in a tag. API Gateway's request ids lose their trailing `=`.
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let correlation_id: String = because.cause.correlation_id.chars().filter(is_allowed).collect();
    let mut tags = vec![
        tag("event_id", &because.envelope.id.to_string())?,
        tag("recipient", &mail.to.to_string())?,
        tag("kind", mail.kind.name())?,
    ];
    if let Some(order_id) = mail.order_id() {
        tags.push(tag("order_id", &order_id.to_string())?);
    }
    // SES rejects empty tags.
    if !correlation_id.is_empty() {
        tags.push(tag("correlation_id", &correlation_id)?);
    }
    Ok(tags)
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}
