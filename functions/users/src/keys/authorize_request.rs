//! The HTTP APIs' authorizer: verifies access tokens. It reads no table and needs the signing key only.

use edge::SignedIn;
use edge::authorizer::Credential;

use crate::sessions::access_token::{TokenRefusal, Verifier};

/// Returns the caller whose access token this is.
///
/// # Errors
/// When the token is not valid.
pub async fn authorize_request(verifier: Verifier, credential: Credential) -> Result<SignedIn, TokenRefusal> {
    verifier.verify(&credential.authorization, credential.now)
}
