//! The user service, as orders asks it.

use domain::id::UserId;
use domain::person::Contact;
use edge::{Cause, Connect, Environment, InitError, Peer, PeerError};

/// The user service.
#[derive(Debug, Clone)]
pub struct Users(Peer);

impl Connect for Users {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "USERS_API_URL")?))
    }
}

impl Users {
    /// The user service behind `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// A user's name and e-mail address.
    ///
    /// # Errors
    /// When the user service refuses or does not answer.
    pub async fn contact(&self, user_id: UserId, cause: &Cause) -> Result<Contact, PeerError> {
        self.0.get(&format!("/internal/users/{user_id}/contact"), cause).await
    }
}
