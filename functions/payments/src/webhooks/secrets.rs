//! The secrets with which Stripe signs its webhooks.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_types::SdkConfig;
use edge::{Connect, Environment, InitError, Problem};
use jiff::{SignedDuration, Timestamp};
use telemetry::STAGE;
use tokio::sync::Mutex;

use crate::gateway::stripe::Mode;
use crate::webhooks::signature::{Signature, keys};

/// How often the secret is read again at most, for signatures that the known ones do not explain. Anyone can send those.
const READ_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The endpoint for Stripe's webhooks: its secrets, and the mode of its events.
#[derive(Debug, Clone)]
pub struct StripeEndpoint {
    mode: Mode,
    source: Source,
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug, Clone)]
enum Source {
    /// No secret, and so no signature: the payment gateway is not Stripe.
    None,
    /// A secret in Secrets Manager.
    Stored { aws: Box<SdkConfig>, arn: String },
}

#[derive(Debug)]
struct Known {
    keys: Vec<hmac::Key>,
    read_at: Timestamp,
}

impl Connect for StripeEndpoint {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let mode = Mode::of_stage(environment.variable(STAGE)?);
        Ok(match environment.variable("STRIPE_WEBHOOK_SECRET_ARN") {
            Ok(arn) => Self::with_secret(environment.aws(), arn, mode),
            Err(_) => Self::of(Source::None, mode),
        })
    }
}

impl StripeEndpoint {
    /// The endpoint whose secrets are in the secret `arn`, separated by white space.
    #[must_use]
    pub fn with_secret(aws: &SdkConfig, arn: &str, mode: Mode) -> Self {
        Self::of(Source::Stored { aws: Box::new(aws.clone()), arn: arn.to_owned() }, mode)
    }

    fn of(source: Source, mode: Mode) -> Self {
        Self { mode, source, known: Arc::default() }
    }

    /// Returns the mode of the events that are meant for this endpoint.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns whether a header has a signature of the body from about now. If the known secrets do not explain it, they are
    /// read again: they may have been replaced.
    ///
    /// # Errors
    /// 503 if the secrets cannot be read.
    pub async fn has_signed(&self, header: &str, body: &[u8], now: Timestamp) -> Result<bool, Problem> {
        let Source::Stored { aws, arn } = &self.source else { return Ok(false) };
        let Some(signature) = Signature::parse(header).filter(|signature| signature.is_fresh(now)) else {
            return Ok(false);
        };
        let mut known = self.known.lock().await;
        if let Some(known) = &*known {
            let is_of = signature.is_of(body, &known.keys);
            if is_of || now.duration_since(known.read_at) < READ_AGAIN {
                return Ok(is_of);
            }
        }
        let keys = keys(&read(aws, arn).await?);
        let is_of = signature.is_of(body, &keys);
        *known = Some(Known { keys, read_at: now });
        Ok(is_of)
    }
}

async fn read(aws: &SdkConfig, arn: &str) -> Result<String, Problem> {
    let answer = SecretsManager::new(aws).get_secret_value().secret_id(arn).send().await;
    let secret = answer.map_err(Problem::unavailable)?.secret_string;
    secret.ok_or_else(|| Problem::internal("the secret of Stripe's webhooks is not a string"))
}
