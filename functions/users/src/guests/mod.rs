//! The resource `/guests`: users without an account, and how an account's owner gets what they had as a guest.

pub mod compare_contact;
pub mod keep_contact;
pub mod rows;
pub mod start_guest_session;

pub use compare_contact::compare_contact;
pub use keep_contact::keep_contact;
pub use start_guest_session::start_guest_session;

use domain::users::User;
use domain::users::guest::{Guest, GuestAddress};
use domain::users::session::Session;
use domain::words::id::UserId;
use domain::words::person::Email;
use edge::Problem;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use store::{Change, Error, Index, Outcome, Query, Row, Stored, Trigger};

use crate::guests::rows::{GuestAddressRow, GuestRow, guest_key, of_address};
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::session_key;
use crate::store::Users;

/// How many guests an address gives to its account at a time: each is three rows of a transaction, which may have a hundred.
const CLAIMED: u8 = 20;

/// A user, with an account or without.
#[derive(Debug)]
pub(crate) enum Person {
    /// The owner of an account.
    Account(Box<Stored<User>>),
    /// A guest, who may have turned out to be the owner of another account.
    Guest(Box<Stored<Guest>>),
}

/// A guest, with the row by which an account finds them.
#[derive(Debug)]
pub(crate) struct Known {
    guest: Stored<Guest>,
    address: Option<Stored<GuestAddress>>,
}

impl Known {
    /// Returns the guest.
    pub(crate) fn into_guest(self) -> Guest {
        self.guest.value
    }

    /// Returns the guest's id.
    pub(crate) fn user_id(&self) -> UserId {
        self.guest.value.user_id
    }

    /// Gives what the guest has to an account. The guest's session ends at its next refresh. Leaves `change` as it is if that has
    /// happened before.
    pub(crate) fn merge<R: Row>(
        &self,
        into: UserId,
        now: Timestamp,
        change: Change<R, Problem>,
    ) -> Change<R, Problem> {
        let Some((merged, event)) = self.guest.value.merge(into, now) else { return change };
        self.leave_address(change.replace::<GuestRow>(&self.guest, &merged).emit([event]))
    }

    /// Ends being a guest, since the account that the same change creates has the guest's id.
    pub(crate) fn become_account<R: Row>(&self, change: Change<R, Problem>) -> Change<R, Problem> {
        self.leave_address(change.delete::<GuestRow>(&self.guest))
    }

    /// Returns how many rows [`become_account`](Self::become_account) writes.
    pub(crate) fn rows(&self) -> usize {
        1 + usize::from(self.address.is_some())
    }

    fn leave_address<R: Row>(&self, change: Change<R, Problem>) -> Change<R, Problem> {
        match &self.address {
            Some(address) => change.delete::<GuestAddressRow>(address),
            None => change,
        }
    }
}

impl Users {
    /// Returns a guest.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn guest(&self, id: UserId) -> Result<Option<Stored<Guest>>, Error> {
        self.table.get(&guest_key(id)).await
    }

    /// Returns the account of a user, or the guest.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn person(&self, id: UserId) -> Result<Option<Person>, Error> {
        if let Some(user) = self.get(id).await? {
            return Ok(Some(Person::Account(Box::new(user))));
        }
        if let Some(guest) = self.guest(id).await? {
            return Ok(Some(Person::Guest(Box::new(guest))));
        }
        // The guest may have created an account in between.
        Ok(self.get(id).await?.map(|user| Person::Account(Box::new(user))))
    }

    /// Gives an account what guests have ordered who have left the address that its owner has proved to read.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn claim_guests<R: Row>(
        &self,
        (email, owner): (&Email, UserId),
        change: Change<R, Problem>,
        now: Timestamp,
    ) -> Result<Change<R, Problem>, Problem> {
        let guests = self.guests_of(email).await?;
        Ok(guests.iter().fold(change, |change, guest| guest.merge(owner, now, change)))
    }

    /// Returns the guest whose session's newest refresh token it is. A token that proves nothing is as none: signing in and
    /// registering do not fail for it.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn proved_guest(
        &self,
        token: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<Option<Known>, Error> {
        match self.guest_by_token(token, now).await? {
            Some(guest) => Ok(Some(self.known(guest).await?)),
            None => Ok(None),
        }
    }

    async fn guest_by_token(
        &self,
        token: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<Option<Stored<Guest>>, Error> {
        let presented = token.and_then(|token| token.expose_secret().parse::<RefreshToken>().ok());
        let Some(presented) = presented else { return Ok(None) };
        let session = self.table.get::<Session>(&session_key(presented.session_id())).await?;
        let session = session.filter(|session| session.value.is_proved_by(&presented.hashes(), now));
        let Some(session) = session else { return Ok(None) };
        Ok(self.guest(session.value.user_id).await?.filter(|guest| guest.value.is_guest()))
    }

    /// Gives what a guest has to the account whose owner has signed in. Returns the guest's id; `None` if the token proves nothing,
    /// or the guest has an account already.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn merge_guest(
        &self,
        trigger: &dyn Trigger,
        token: Option<&SecretString>,
        into: UserId,
    ) -> Result<Option<UserId>, Problem> {
        let Some(guest) = self.guest_by_token(token, trigger.now()).await? else { return Ok(None) };
        let guest_id = guest.value.user_id;
        let merge = async |found: Option<Stored<Guest>>| {
            let Some(found) = found else { return Ok(None) };
            let known = self.known(found).await?;
            let merged = known.guest.value.merge(into, trigger.now());
            Ok::<_, Problem>(
                merged.map(|(guest, event)| known.leave_address(Change::to(guest).emit([event]))),
            )
        };
        let done = self.table.seen::<GuestRow>(guest).change(trigger, merge).await?;
        Ok((done.outcome == Outcome::Written).then_some(guest_id))
    }

    /// Returns the guests who have left an address, the newest twenty at most. Its owner is the one who may have what they have.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn guests_of(&self, email: &Email) -> Result<Vec<Known>, Error> {
        let query = Query::new(Index::Table, of_address(email)).descending().limit(CLAIMED);
        let addresses = self.table.query::<GuestAddress>(&query).await?.items;
        let keys: Vec<_> = addresses.iter().map(|address| guest_key(address.value.user_id)).collect();
        let guests: Vec<Stored<Guest>> = self.table.get_many(&keys).await?;
        let known = addresses.into_iter().filter_map(|address| {
            let guest = guests.iter().find(|guest| guest.value.user_id == address.value.user_id)?.clone();
            Some(Known { guest, address: Some(address) })
        });
        Ok(known.collect())
    }

    async fn known(&self, guest: Stored<Guest>) -> Result<Known, Error> {
        let address = match guest.value.address() {
            Some(address) => self.table.get(&GuestAddressRow::key(&address)).await?,
            None => None,
        };
        Ok(Known { guest, address })
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("start-guest-session", start_guest_session).created(),
        Operation::of("compare-contact", compare_contact).refuses(UserRefusal::CODES, &["too_many_claims"]),
        Operation::of("keep-contact", keep_contact)
            .path::<UserId>()
            .refuses(UserRefusal::CODES, &["user_not_found", "guest_merged", "too_many_guests"]),
    ]
}
