//! `POST /internal/users/{user_id}/contact`: keeps how a guest who orders is reached.

use domain::users::UserRefusal;
use domain::users::guest::{Guest, GuestAddress};
use domain::users::throttle::{Counted, GUESTS};
use domain::words::contact::{Contact, GivenContact};
use domain::words::id::UserId;
use edge::{Call, Problem, Reply, Service};
use store::{Change, Row, Stored};

use crate::guests::rows::{GuestAddressRow, GuestRow, guest_key};
use crate::store::Users;

/// Keeps the name and the address that a guest has left with an order, and returns how the user is reached. An account's owner is
/// reached at the account's address, whatever is sent.
///
/// Ten guests an hour may leave the same address, which may be a stranger's.
///
/// # Errors
/// 404 if the user does not exist; 409 if the guest has become an account's owner; 429 if too many guests have left the address.
pub async fn keep_contact(
    users: Users,
    call: Call<GivenContact, Service>,
) -> Result<Reply<Contact>, Problem> {
    let user_id: UserId = call.path("user_id")?;
    let keep = async |found: Option<Stored<Guest>>| {
        let Some(found) = found else { return Ok(None) };
        let guest = &found.value;
        let Some(kept) = guest.keep(&call.body)? else { return Ok::<_, Problem>(None) };
        let change = Change::to(kept.clone());
        if guest.email == kept.email {
            return Ok(Some(change));
        }
        let counted = Counted::guests(&call.body.email);
        let limit = (&counted, GUESTS);
        let change = users.count_with(change, limit, UserRefusal::TooManyGuests, call.now).await?;
        Ok(Some(users.move_address(change, guest.address(), kept.address()).await?))
    };
    let done = users.table.at::<GuestRow>(guest_key(user_id)).change(&call, keep).await?;
    let contact = match done.row.and_then(|guest| guest.value.contact()) {
        Some(contact) => contact,
        None => users.get(user_id).await?.ok_or(UserRefusal::NotFound)?.value.contact(),
    };
    Ok(Reply::ok(contact))
}

type Keeping = Change<GuestRow, Problem>;

impl Users {
    /// Lets accounts find the guest by another address.
    async fn move_address(
        &self,
        change: Keeping,
        from: Option<GuestAddress>,
        to: Option<GuestAddress>,
    ) -> Result<Keeping, Problem> {
        let left = match from {
            Some(from) => self.table.get::<GuestAddress>(&GuestAddressRow::key(&from)).await?,
            None => None,
        };
        let change = left.into_iter().fold(change, |change, left| change.delete::<GuestAddressRow>(&left));
        Ok(to.into_iter().fold(change, |change, to| change.insert::<GuestAddressRow>(&to)))
    }
}
