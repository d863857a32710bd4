//! `POST /sessions/second-factor`: completes a sign-in with a code.

use domain::users::second_factor::{Challenge, SecondFactorRefusal};
use domain::users::session::{Device, Session};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::guests::Known;
use crate::second_factor::rows::{ChallengeRow, SecondFactorRow, challenge_key};
use crate::second_factor::totp::TotpSecrets;
use crate::sessions::challenge::ChallengeToken;
use crate::sessions::device_token;
use crate::sessions::log_in::measure;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::{TokenIssuer, Tokens};
use crate::store::Users;

/// A code, for the sign-in that it completes.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteLogIn {
    /// The `challenge` of the reply to the password.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub challenge: SecretString,
    /// The code that the user's app shows, or a recovery code.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub code: SecretString,
    /// The newest refresh token of a guest's session, whose orders become the account's. One that is not valid is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub guest_refresh_token: Option<SecretString>,
}

/// Starts a session. Each code is good once. Five codes may be tried for a sign-in, and ten for an account in a quarter of an
/// hour.
///
/// # Errors
/// 401 if the code is wrong, or the sign-in has expired, was completed, or is another client's; 429 if too many codes were
/// tried.
pub async fn complete_log_in(
    (tokens, secrets, users): (TokenIssuer, TotpSecrets, Users),
    call: Call<CompleteLogIn, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let shown: ChallengeToken = call.body.challenge.expose_secret().parse()?;
    let hash = shown.hash();
    let attempt = async |found: Option<Stored<Challenge>>| {
        let found = found.ok_or(SecondFactorRefusal::ChallengeInvalid)?;
        Ok::<_, Problem>(Some(Change::to(found.value.attempt(&hash, call.now)?)))
    };
    let challenge = users.table.at::<ChallengeRow>(challenge_key(shown.id)).change(&call, attempt).await?;
    let challenge = challenge.row.ok_or(SecondFactorRefusal::ChallengeInvalid)?;
    let user_id = challenge.value.user_id;
    call.identify(user_id, None);
    let tried = users.count_code(&call, user_id).await.inspect_err(measure)?;
    let user = users.get(user_id).await?.ok_or(SecondFactorRefusal::ChallengeInvalid)?.value;
    let refresh = RefreshToken::first(call.new_id())?;
    let session = Session::start(refresh.session_id(), user_id, refresh.hashes(), call.now)
        .with_device(call.user_agent().and_then(|name| Device::named(&name)))
        .with_password(challenge.value.password_version)
        .with_second_factor();
    if user.has_revoked(&session)
        || user.sessions_not_before.is_some_and(|time| challenge.value.began_at() < time)
    {
        return Err(SecondFactorRefusal::ChallengeInvalid.into());
    }
    // Whatever can fail comes before the code is used.
    let credential = users.credential(&user.email).await?.ok_or(SecondFactorRefusal::ChallengeInvalid)?;
    let device_token = device_token::issue(call.new_id(), &credential.value).map_err(Problem::internal)?;
    let keys = tokens.at(call.now).await;
    let complete = async |found: Option<Stored<Challenge>>| {
        let completed =
            found.ok_or(SecondFactorRefusal::ChallengeInvalid)?.value.complete(&hash, call.now)?;
        let factor = users.second_factor(user_id).await?.ok_or(SecondFactorRefusal::ChallengeInvalid)?;
        let proof = secrets.proof(&factor.value, &call.body.code, call.now).map_err(Problem::internal)?;
        let used = factor.value.prove(proof.as_ref())?;
        let change = Change::<ChallengeRow, Problem>::to(completed);
        let change = change.replace::<SecondFactorRow>(&factor, &used).insert::<SessionRow>(&session);
        let guest = users.proved_guest(call.body.guest_refresh_token.as_ref(), call.now).await?;
        let merged_from = guest.as_ref().map(Known::user_id);
        let change = guest.into_iter().fold(change, |change, guest| guest.merge(user_id, call.now, change));
        Ok::<_, Problem>(Decision::new(Some(change), merged_from))
    };
    let completed = users.table.seen::<ChallengeRow>(challenge).change(&call, complete).await;
    let merged_from = completed.inspect_err(measure)?.answer;
    let issued = Tokens::issue(&keys.access, &user, &session, &refresh, merged_from, call.now)?;
    call.identify(user_id, Some(session.session_id));
    users.forgive(&call, tried).await;
    Ok(Reply::ok(Tokens { device_token: Some(device_token), ..issued }))
}
