//! The HTTP APIs' authorizer: who presents an access token. It asks no table, only the signing key.

use edge::SignedIn;
use edge::authorizer::Credential;

use crate::access_token::{TokenRefusal, Verifier};

/// Recognises the caller by their access token.
///
/// # Errors
/// When the token is not good.
pub async fn authorize_request(verifier: Verifier, credential: Credential) -> Result<SignedIn, TokenRefusal> {
    verifier.verify(&credential.authorization, credential.now)
}
