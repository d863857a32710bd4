//! A client of the user service.

use domain::Refusal;
use domain::users::UserRefusal;
use domain::users::claim::{Claim, Compared};
use domain::users::link::LinkRefusal;
use domain::words::contact::{Contact, GivenContact};
use domain::words::id::{LinkTokenId, UserId};
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
        self.contact_at(&format!("/internal/users/{user_id}/contact"), cause).await
    }

    /// Returns a link, with the name of its user and the address that it is for; `None` if it is no longer valid.
    ///
    /// # Errors
    /// If the user service refuses or is unavailable.
    pub async fn link(&self, link: LinkTokenId, cause: &Cause) -> Result<Option<Contact>, PeerError> {
        self.contact_at(&format!("/internal/links/{link}"), cause).await
    }

    /// Keeps how a guest who orders is reached. A user with an account is reached at the account's address.
    ///
    /// # Errors
    /// If the user service refuses or is unavailable. Without an address, a guest cannot order.
    pub async fn keep_contact(
        &self,
        user_id: UserId,
        contact: &GivenContact,
        cause: &Cause,
    ) -> Result<Contact, PeerError> {
        self.0.post(&format!("/internal/users/{user_id}/contact"), contact, cause).await
    }

    /// Returns whether the customer of an order is reached at the address of somebody who claims it.
    ///
    /// # Errors
    /// If the user service refuses, since too many claims were made, or is unavailable.
    pub async fn compare(&self, claim: &Claim, cause: &Cause) -> Result<bool, PeerError> {
        let compared: Compared = self.0.post("/internal/claims", claim, cause).await?;
        Ok(compared.matches)
    }

    async fn contact_at(&self, path: &str, cause: &Cause) -> Result<Option<Contact>, PeerError> {
        // Matched by code: a 404 from a gateway without this route does not mean that the user is missing.
        let is_gone =
            |code: &str| [UserRefusal::NotFound.code(), LinkRefusal::Invalid.code()].contains(&code);
        match self.0.get(path, cause).await {
            Ok(contact) => Ok(Some(contact)),
            Err(PeerError::Refused { code, .. }) if is_gone(&code) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
