//! The HTTP APIs' authorizer: verifies access tokens. It reads no table and needs only the signing key.

use edge::SignedIn;
use edge::authorizer::Credential;

use crate::sessions::access_token::{TokenRefusal, Verifier};

/// Returns the caller to whom the access token was issued.
///
/// # Errors
/// If the token is not valid.
pub async fn authorize_request(verifier: Verifier, credential: Credential) -> Result<SignedIn, TokenRefusal> {
    verifier.verify(&credential.authorization, credential.now)
}
