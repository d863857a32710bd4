//! The user service.

use domain::Refusal;
use domain::users::UserRefusal;
use domain::words::id::UserId;
use domain::words::person::Contact;
use edge::{Cause, Connect, Environment, InitError};

use crate::peer::{Peer, PeerError};

/// The user service.
#[derive(Debug, Clone)]
pub struct UsersClient(Peer);

impl Connect for UsersClient {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "USERS_API_URL")?))
    }
}

impl UsersClient {
    /// The user service behind `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// A user's name and e-mail address, as they are now; `None` when the account is gone.
    ///
    /// # Errors
    /// When the user service refuses or is unavailable.
    pub async fn contact(&self, user_id: UserId, cause: &Cause) -> Result<Option<Contact>, PeerError> {
        match self.0.get(&format!("/internal/users/{user_id}/contact"), cause).await {
            Ok(contact) => Ok(Some(contact)),
            // By its code: a 404 of a gateway that has no such route says nothing of the user.
            Err(PeerError::Refused { code, .. }) if code == UserRefusal::NotFound.code() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
