//! `POST /internal/claims`: compares what somebody claims about an order with how its customer is reached.

use domain::events::LinkPurpose;
use domain::users::UserRefusal;
use domain::users::claim::{Claim, Compared, Declarant, Wanted, WantedLink};
use domain::users::guest::Guest;
use domain::users::link::LinkToken;
use domain::users::throttle::{CLAIMS, Counted};
use edge::{Call, Problem, Reply, Service};
use store::{Change, Row, Stored};

use crate::guests::rows::{GuestRow, guest_key};
use crate::links::rows::{LinkRow, link_key};
use crate::store::Users;

/// Returns whether the customer of an order is reached at an address, for somebody who is not signed in. If not, and they have withdrawn
/// from a contract, they are known as a guest from then on, for ninety days, so that they get a mail and the staff can answer them. If
/// they want a link to the order, it is kept for its mail; for a stranger one of nobody is, so that the work is the same.
///
/// Five claims an hour are compared for a number and for an address, whether there is such an order or not, so this tells nobody that
/// there is.
///
/// # Errors
/// 429 if more are made.
pub async fn compare_contact(users: Users, call: Call<Claim, Service>) -> Result<Reply<Compared>, Problem> {
    let claim = &call.body;
    let contact = match claim.owner {
        Some(owner) => users.contact_of(owner).await?,
        None => None,
    };
    let matches = contact.is_some_and(|contact| contact.email == claim.email);
    match &claim.wanted {
        Wanted::Withdrawal(declarant) if !matches => users.keep_declarant(&call, declarant).await?,
        Wanted::Withdrawal(_) => {
            for counted in counted(claim) {
                users.count(&call, &counted, CLAIMS, UserRefusal::TooManyClaims).await?;
            }
        }
        Wanted::Link(wanted) => users.keep_link(&call, *wanted, matches).await?,
    }
    Ok(Reply::ok(Compared { matches }))
}

fn counted(claim: &Claim) -> [Counted; 2] {
    let kind = claim.kind();
    [Counted::claims_of_number(kind, &claim.number), Counted::claims_of_address(kind, &claim.email)]
}

impl Users {
    /// Keeps a link to an order, and counts the claim with it.
    async fn keep_link(
        &self,
        call: &Call<Claim, Service>,
        wanted: WantedLink,
        matches: bool,
    ) -> Result<(), Problem> {
        let owner = call.body.owner.filter(|_| matches).unwrap_or_else(|| call.new_id());
        let keep = async |found: Option<Stored<LinkToken>>| {
            if found.is_some() {
                return Ok(None);
            }
            let email = call.body.email.clone();
            let link = LinkToken::issue(wanted.token_id, LinkPurpose::OrderLink, owner, email, call.now);
            let change = Change::to(link.to_order(wanted.order_id));
            Ok::<_, Problem>(Some(self.count_claim(change, call).await?))
        };
        self.table.at::<LinkRow>(link_key(wanted.token_id)).change(call, keep).await.map(drop)
    }

    /// Counts the claim in the transaction of a change.
    async fn count_claim<R: Row>(
        &self,
        mut change: Change<R, Problem>,
        call: &Call<Claim, Service>,
    ) -> Result<Change<R, Problem>, Problem> {
        for counted in counted(&call.body) {
            let limit = (&counted, CLAIMS);
            change = self.count_with(change, limit, UserRefusal::TooManyClaims, call.now).await?;
        }
        Ok(change)
    }

    /// Keeps how somebody is reached, and counts the claim with it: a repeated request counts once.
    async fn keep_declarant(
        &self,
        call: &Call<Claim, Service>,
        declarant: &Declarant,
    ) -> Result<(), Problem> {
        let keep = async |found: Option<Stored<Guest>>| {
            if found.is_some() {
                return Ok(None);
            }
            let change = Change::to(Guest::declaring(declarant, &call.body.email, call.now));
            Ok::<_, Problem>(Some(self.count_claim(change, call).await?))
        };
        self.table.at::<GuestRow>(guest_key(declarant.user_id)).change(call, keep).await.map(drop)
    }
}
