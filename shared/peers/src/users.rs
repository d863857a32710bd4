//! A client of the user service.

use domain::Refusal;
use domain::users::UserRefusal;
use domain::words::id::UserId;
use domain::words::person::Contact;
use edge::{Cause, Connect, Environment, InitError};

use crate::peer::{Peer, PeerError};

/// A client of the user service.
#[derive(Debug, Clone)]
pub struct UsersClient(Peer);

impl Connect for UsersClient {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "USERS_API_URL")?))
    }
}

impl UsersClient {
    /// Creates a client that calls through `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Returns a user's current name and e-mail address; `None` if the account no longer exists.
    ///
    /// # Errors
    /// If the user service refuses or is unavailable.
    pub async fn contact(&self, user_id: UserId, cause: &Cause) -> Result<Option<Contact>, PeerError> {
        match self.0.get(&format!("/internal/users/{user_id}/contact"), cause).await {
            Ok(contact) => Ok(Some(contact)),
            // Matched by code: a 404 from a gateway without this route does not mean that the user is missing.
            Err(PeerError::Refused { code, .. }) if code == UserRefusal::NotFound.code() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
