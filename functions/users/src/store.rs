//! Access to the users table.

use std::collections::BTreeSet;

use domain::Refusal;
use domain::events::UserEvent;
use domain::users::User;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::users::second_factor::{SecondFactor, SecondFactorRefusal};
use domain::users::session::Session;
use domain::users::staff::Invitation;
use domain::users::throttle::{CODE_TRIES, Counted, LINK_MAILS, Limit, Throttle};
use domain::words::id::{SessionId, UserId};
use domain::words::person::Email;
use edge::{Connect, Environment, InitError, Problem, SignedIn};
use futures::TryStreamExt;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use secrecy::{ExposeSecret, SecretString};
use store::{
    Change, Committed, Decision, Error, Index, Item, Query, Row, Stored, Table, Transaction, Trigger,
};
use telemetry::chain;

use crate::accounts::rows::{Credential, CredentialRow, STAFF, StaffEntry, credential_key, user_key};
use crate::keys::rows::{KeysRow, PublishedKeys, keys_key};
use crate::links::rows::{LinkRow, ThrottleRow, link_key, throttle_key};
use crate::links::{Links, PresentedLink};
use crate::second_factor::rows::second_factor_key;
use crate::sessions::rows::{SessionEntry, of_user, session_key};
use crate::staff::rows::invitation_key;

/// The users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(crate) table: Table,
}

impl Connect for Users {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

impl Users {
    /// Creates the access to the users in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns an account.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn get(&self, id: UserId) -> Result<Option<Stored<User>>, Error> {
        self.table.get(&user_key(id)).await
    }

    /// Returns whether the caller's session can still be refreshed. An access token can be valid for some minutes longer.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn is_live(&self, caller: &SignedIn, now: Timestamp) -> Result<bool, Error> {
        Ok(self.signed_in(caller, now).await?.is_some())
    }

    /// Returns the caller's account and session; `None` if the session has ended.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn signed_in(
        &self,
        caller: &SignedIn,
        now: Timestamp,
    ) -> Result<Option<(Stored<User>, Stored<Session>)>, Error> {
        let session = self.table.get::<Session>(&session_key(caller.session_id)).await?;
        let Some(session) = session.filter(|session| session.value.is_live(now)) else { return Ok(None) };
        let user = self.get(caller.user_id).await?;
        let user = user.filter(|user| user.value.is_signed_in(&session.value, now));
        Ok(user.map(|user| (user, session)))
    }

    /// Returns the session `current`, and the newest fifty of the user that were not ended one by one, in no particular
    /// order. The index is eventually consistent, the sessions are not.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn sessions(&self, user: UserId, current: SessionId) -> Result<Vec<Session>, Error> {
        let newest = Query::new(Index::Gsi(1), of_user(user)).descending().limit(50);
        let entries = self.table.query::<SessionEntry>(&newest).await?.items;
        let mut ids: BTreeSet<SessionId> = entries.iter().map(|entry| entry.value.session_id).collect();
        ids.insert(current);
        let keys: Vec<_> = ids.into_iter().map(session_key).collect();
        let found = self.table.get_many(&keys).await?;
        Ok(found.into_iter().map(|session| session.value).collect())
    }

    /// Returns the link that a token is of.
    ///
    /// # Errors
    /// 404 if the token is malformed or of no link; if the table fails.
    pub async fn link(&self, links: &Links, token: &SecretString) -> Result<Stored<LinkToken>, Problem> {
        let presented: PresentedLink = token.expose_secret().parse()?;
        let found =
            self.table.get::<LinkToken>(&link_key(presented.id)).await?.ok_or(LinkRefusal::Invalid)?;
        links.verify(&presented, &found.value)?;
        Ok(found)
    }

    /// Counts something that is limited, before it happens: requests that arrive together are counted one after another.
    ///
    /// # Errors
    /// `refusal`, with the time to wait, if the limit has been reached; if the table fails.
    pub async fn count(
        &self,
        trigger: &dyn Trigger,
        counted: &Counted,
        limit: Limit,
        refusal: impl Refusal + Clone,
    ) -> Result<Stored<Throttle>, Problem> {
        let now = trigger.now();
        let count = async |found: Option<Stored<Throttle>>| {
            let counted = counted_again(found, counted, limit, now)
                .map_err(|exhausted| too_many(refusal.clone(), &exhausted, now));
            Ok::<_, Problem>(Some(Change::to(counted?)))
        };
        let done = self.table.at::<ThrottleRow>(throttle_key(counted)).change(trigger, count).await?;
        done.row.ok_or_else(|| Problem::internal("a counter was written and is not there"))
    }

    /// Counts something that is limited, in the transaction of the change by which it happens.
    ///
    /// # Errors
    /// `refusal`, with the time to wait, if the limit has been reached; if the table fails.
    pub(crate) async fn count_with<R: Row>(
        &self,
        change: Change<R, Problem>,
        (counted, limit): (&Counted, Limit),
        refusal: impl Refusal,
        now: Timestamp,
    ) -> Result<Change<R, Problem>, Problem> {
        let found = self.table.get::<Throttle>(&throttle_key(counted)).await?;
        let again = counted_again(found.clone(), counted, limit, now)
            .map_err(|exhausted| too_many(refusal, &exhausted, now))?;
        Ok(match found {
            Some(found) => change.replace::<ThrottleRow>(&found, &again),
            None => change.insert::<ThrottleRow>(&again),
        })
    }

    /// Counts a code of a user's second factor, before it is looked at.
    ///
    /// # Errors
    /// 429 if too many were tried; if the table fails.
    pub async fn count_code(&self, trigger: &dyn Trigger, user: UserId) -> Result<Stored<Throttle>, Problem> {
        self.count(trigger, &Counted::codes(user), CODE_TRIES, SecondFactorRefusal::TooManyCodes).await
    }

    /// Returns a user's second factor.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn second_factor(&self, user: UserId) -> Result<Option<Stored<SecondFactor>>, Error> {
        self.table.get(&second_factor_key(user)).await
    }

    /// Returns the users with a role, in no particular order. The index is eventually consistent, the accounts are not.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn staff(&self) -> Result<Vec<Stored<User>>, Error> {
        // As many as one batch reads.
        let query = Query::new(Index::Gsi(1), STAFF).limit(100);
        let entries = self.table.rows::<StaffEntry>(query);
        let keys: Vec<store::Key> =
            entries.map_ok(|entry| user_key(entry.value.user_id)).try_collect().await?;
        let mut staff = Vec::new();
        for batch in keys.chunks(100) {
            let found: Vec<Stored<User>> = self.table.get_many(batch).await?;
            staff.extend(found.into_iter().filter(|user| user.value.is_staff()));
        }
        Ok(staff)
    }

    /// Returns whether anybody has a role, which may lack a change of the past second.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn has_staff(&self) -> Result<bool, Error> {
        let first = self.table.query::<StaffEntry>(&Query::new(Index::Gsi(1), STAFF).limit(1)).await?;
        Ok(!first.items.is_empty())
    }

    /// Returns who is notified of changes of roles.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn admins(&self) -> Result<Vec<UserId>, Error> {
        let staff = self.staff().await?.into_iter().map(|user| user.value);
        Ok(staff.filter(User::is_admin).map(|user| user.user_id).collect())
    }

    /// Returns the invitation of an address.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn invitation(&self, email: &Email) -> Result<Option<Stored<Invitation>>, Error> {
        self.table.get(&invitation_key(email)).await
    }

    /// Takes back what was counted. If that fails, it stays counted until the counter forgets by itself: what it was counted
    /// for has succeeded.
    pub async fn forgive(&self, trigger: &dyn Trigger, counted: Stored<Throttle>) {
        let forgive = async |found: Option<Stored<Throttle>>| {
            Ok::<_, Error>(found.map(|found| Change::to(found.value.forgive())))
        };
        if let Err(error) = self.table.seen::<ThrottleRow>(counted).change(trigger, forgive).await {
            tracing::warn!(error = %chain(&error), "what has succeeded stays counted as a try");
        }
    }

    /// Hashes the password of a credential, which it is known to be, with today's parameters if it has others. If that fails,
    /// the next sign-in tries again.
    pub async fn renew_hash(
        &self,
        trigger: &dyn Trigger,
        credential: Stored<Credential>,
        password: &SecretString,
    ) {
        let renewed = match renewed(&credential.value, password) {
            Ok(Some(renewed)) => renewed,
            Ok(None) => return,
            Err(error) => return tracing::warn!(error = %chain(&*error), "a password is not hashed again"),
        };
        let version = credential.version;
        let renew = async |found: Option<Stored<Credential>>| {
            // If the credential has changed since, its password was hashed with today's parameters.
            let found = found.filter(|found| found.version == version);
            Ok::<_, Error>(found.map(|_| Change::to(renewed.clone())))
        };
        if let Err(error) = self.table.seen::<CredentialRow>(credential).change(trigger, renew).await {
            tracing::warn!(error = %chain(&error), "a password is not hashed again");
        }
    }

    /// Mails a link, unless `counted` has had three in the past hour.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn mail_link(
        &self,
        trigger: &dyn Trigger,
        counted: &Counted,
        mail: (LinkToken, UserEvent),
    ) -> Result<(), Problem> {
        let mail = async |found| Ok::<_, Problem>(mailing(found, counted, (&mail.0, &mail.1), trigger.now()));
        self.table.at::<ThrottleRow>(throttle_key(counted)).change(trigger, mail).await?;
        Ok(())
    }

    /// Returns the keys that verify access tokens; none before anyone has signed in.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn published_keys(&self) -> Result<Vec<Jwk>, Error> {
        let found = self.table.get::<PublishedKeys>(&keys_key()).await?;
        Ok(found.map(|found| found.value.keys).unwrap_or_default())
    }

    /// Publishes keys, unless it is they that are published. Returns since when; `None` if those of a newer generation are, and
    /// stay so: whoever read the secret before it changed must not publish a key again that was replaced.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn publish(
        &self,
        trigger: &dyn Trigger,
        keys: &[Jwk],
        generation: u64,
    ) -> Result<Option<Timestamp>, Error> {
        let publish = async |found: Option<Stored<PublishedKeys>>| {
            Ok::<_, Error>(match found.map(|found| found.value) {
                Some(newer) if newer.generation > generation => Decision::new(None, None),
                Some(same) if same.keys == keys => Decision::new(None, Some(same.since)),
                _ => {
                    let published = PublishedKeys { keys: keys.to_vec(), since: trigger.now(), generation };
                    Decision::new(Some(Change::to(published)), Some(trigger.now()))
                }
            })
        };
        Ok(self.table.at::<KeysRow>(keys_key()).change(trigger, publish).await?.answer)
    }

    /// Returns the generation of the keys that are published; 0 if none are.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn published_generation(&self) -> Result<u64, Error> {
        let found = self.table.get::<PublishedKeys>(&keys_key()).await?;
        Ok(found.map_or(0, |found| found.value.generation))
    }

    /// Publishes the shop's first keys, unless some are published.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn publish_first(&self, keys: &[Jwk], generation: u64, now: Timestamp) -> Result<(), Error> {
        let published = PublishedKeys { keys: keys.to_vec(), since: now, generation };
        let row = Item::new(keys_key(), KeysRow::KIND, &published);
        // If it is refused, another process has published them.
        let (Committed::Written | Committed::Refused(_)) =
            self.table.commit(Transaction::new().insert(KeysRow::KIND, row, now)).await?;
        Ok(())
    }

    /// Returns the credential with this address.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn credential(&self, email: &Email) -> Result<Option<Stored<Credential>>, Error> {
        self.table.get(&credential_key(email)).await
    }
}

/// Returns a credential with another hash of its password, unless the one that it has is made with today's parameters.
fn renewed(
    credential: &Credential,
    password: &SecretString,
) -> Result<Option<Credential>, Box<dyn std::error::Error + Send + Sync>> {
    let renewed = credential.password_hash.renewed(password)?;
    Ok(renewed.map(|hash| credential.with_hash(hash)).transpose()?)
}

/// Returns what mails a link; `None` if `counted` has had three in the past hour.
pub(crate) fn mailing(
    found: Option<Stored<Throttle>>,
    counted: &Counted,
    (link, event): (&LinkToken, &UserEvent),
    now: Timestamp,
) -> Option<Change<ThrottleRow, Problem>> {
    let counted = counted_again(found, counted, LINK_MAILS, now).ok()?;
    Some(Change::to(counted).insert::<LinkRow>(link).emit([event.clone()]))
}

/// Returns a refusal with the time until the counter is forgotten.
fn too_many(refusal: impl Refusal, exhausted: &Throttle, now: Timestamp) -> Problem {
    let wait = exhausted.until.duration_since(now).as_secs().unsigned_abs();
    Problem::from(refusal).retry_after(wait.max(1))
}

/// Counts one more time in the counter's row.
///
/// # Errors
/// The counter as it was, if the limit has been reached.
pub(crate) fn counted_again(
    found: Option<Stored<Throttle>>,
    counted: &Counted,
    limit: Limit,
    now: Timestamp,
) -> Result<Throttle, Throttle> {
    Throttle::count(found.map(|found| found.value), counted.clone(), limit, now)
}
