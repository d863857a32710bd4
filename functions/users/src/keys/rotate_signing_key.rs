//! Schedule: replaces the key that signs access tokens every 90 days.

use domain::users::key_ring::Step;
use edge::queue::Failure;
use edge::schedule::Tick;
use serde::Deserialize;
use telemetry::Metric;

use crate::keys::secret::Version;
use crate::keys::signing_secret::SigningSecret;
use crate::store::Users;

/// What an operator may ask a run for, in the event's `detail`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The step to take, whether it is due or not.
    step: Option<Step>,
}

/// Takes the step of a rotation that is due, if one is: publishes the next key, lets it sign a day later, and withdraws the
/// one before it another day later. So no token is refused: `docs/decisions/0044-keys-rotate-by-themselves.md`.
///
/// Each run first publishes the keys of the secret, if other ones are: a run may have died in between. What is due counts
/// from then.
///
/// # Errors
/// If the secret or the table fails; if the step that is asked for is not the next one, or was not taken.
pub async fn rotate_signing_key((secret, users): (SigningSecret, Users), tick: Tick) -> Result<(), Failure> {
    let Asked { step: asked } = tick.detail()?;
    let (version, secrets) = secret.read().await?;
    let age = tick.now.duration_since(secrets.ring.signing.since).as_secs();
    Metric::SigningKeyAge.publish(u64::try_from(age).unwrap_or_default());
    let step = match asked {
        // It does not publish once more what others know.
        Some(Step::Replace) => Step::Replace,
        asked => {
            let since = users.publish(&tick, &secrets.public_keys()?, secrets.generation).await?;
            let Some(since) = since else { return overtaken(&secret, &version, asked).await };
            let Some(step) = asked.or_else(|| secrets.ring.due(since, tick.now)) else { return Ok(()) };
            step
        }
    };
    let Some(next) = secrets.take(step, users.published_generation().await?, tick.now)? else {
        return Err(format!("{step:?} is not the next step of the rotation").into());
    };
    if !secret.write_after(&version, &next).await? {
        return overtaken(&secret, &version, asked).await;
    }
    let published = users.publish(&tick, &next.public_keys()?, next.generation).await?;
    published.ok_or("newer keys were published meanwhile")?;
    tracing::info!(?step, "the signing key rotates");
    Ok(())
}

/// Ends a run that another one has overtaken.
///
/// # Errors
/// If a step was asked for, since it was not taken; if no run has: an older version of the secret was made the current one.
async fn overtaken(secret: &SigningSecret, seen: &Version, asked: Option<Step>) -> Result<(), Failure> {
    let (current, _) = secret.read().await?;
    if current.id == seen.id {
        return Err("an older version of the signing secret is the current one".into());
    }
    if let Some(step) = asked {
        return Err(format!("{step:?} was not taken: another run was faster").into());
    }
    tracing::info!("another run has rotated the signing key");
    Ok(())
}
