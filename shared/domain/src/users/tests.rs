use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::users::session::{TokenHash, TokenHashes};
use crate::words::id::SessionId;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn user() -> User {
    let (email, name) = (Email::try_new("ada@example.com"), Name::try_new("Ada"));
    let (id, link) = (UserId::from_parts(0, 1), LinkTokenId::from_parts(0, 1));
    User::register(id, email.unwrap(), name.unwrap(), Locale::default(), link, NOW).0
}

fn session(started_at: Timestamp) -> Session {
    let token = TokenHashes { family: TokenHash::of(&[0]), own: TokenHash::of(&[0]) };
    Session::start(SessionId::from_parts(0, 1), UserId::from_parts(0, 1), token, started_at)
}

#[test]
fn a_session_that_starts_when_the_others_are_revoked_stays_valid() {
    let user = user().revoke_sessions(NOW);
    assert!(!user.has_revoked(&session(NOW)));
    assert!(user.has_revoked(&session(NOW - SignedDuration::from_nanos(1))));
    assert!(!self::user().has_revoked(&session(NOW)), "nothing was revoked");
    assert!(self::user().has_revoked(&session(NOW).of_guest()), "the account is newer");
}

#[test]
fn a_reset_password_proves_the_address_and_ends_every_session() {
    let later = NOW + SignedDuration::from_secs(1);
    let (changed, event) = user().reset_password(2, later);
    assert_eq!(changed.email_verified_at, Some(later));
    let much_later = later + SignedDuration::from_hours(1);
    for (version, is_revoked) in [(None, true), (Some(1), true), (Some(2), false), (Some(3), false)] {
        let session = Session { password_version: version, ..session(much_later) };
        assert_eq!(changed.has_revoked(&session), is_revoked, "{version:?}");
    }
    assert!(!user().has_revoked(&session(NOW)), "no password was replaced");
    assert_eq!(event, Some(UserEvent::PasswordChanged(PasswordChanged { user_id: changed.user_id })));
    assert_eq!(user().change_password(2).1, None, "nobody has confirmed the address");
    assert_eq!(changed.change_password(3).1, event);
}

#[test]
fn a_second_factor_is_told_to_an_address_that_was_confirmed() {
    let (with, event) = user().confirm_email(NOW).change_second_factor(true, NOW);
    let changed = |is_required| {
        Some(UserEvent::SecondFactorChanged(SecondFactorChanged { user_id: user().user_id, is_required }))
    };
    assert_eq!((with.second_factor_since, event), (Some(NOW), changed(true)));
    let (without, event) = with.change_second_factor(false, NOW);
    assert_eq!((without.second_factor_since, event), (None, changed(false)));
    assert_eq!(user().change_second_factor(true, NOW).1, None);

    assert_eq!(user().is_confirmed(), Err(UserRefusal::EmailUnconfirmed));
    assert_eq!(with.is_confirmed(), Ok(()));

    let later = NOW + SignedDuration::from_secs(1);
    let session = session(later).with_second_factor();
    assert!(with.has_second_factor_in(&session));
    assert!(!with.has_second_factor_in(&self::session(later)), "it began with the password alone");
    assert!(!without.has_second_factor_in(&session));
    let another = without.change_second_factor(true, later + SignedDuration::from_secs(1)).0;
    assert!(!another.has_second_factor_in(&session), "it began with another one");
}

#[test]
fn an_edit_changes_what_it_names_and_nothing_else() {
    let later = |seconds| NOW + SignedDuration::from_secs(seconds);
    assert_eq!(user().edit(Edit::default(), NOW), None);
    let same = Edit { name: Some(user().name), locale: Some(user().locale), marketing: Some(false) };
    assert_eq!(user().edit(same, NOW), None);
    let name = Name::try_new("Ada King").unwrap();
    let renamed = user().edit(Edit { name: Some(name.clone()), ..Edit::default() }, NOW);
    assert_eq!(renamed, Some(User { name, ..user() }));
    let agrees = |is_agreed| Edit { marketing: Some(is_agreed), ..Edit::default() };
    let agreed = user().edit(agrees(true), later(1)).unwrap();
    assert_eq!(agreed, User { marketing_consent_at: Some(later(1)), ..user() });
    assert_eq!(agreed.edit(agrees(true), later(2)), None, "the first agreement counts");
    assert_eq!(agreed.edit(agrees(false), later(2)), Some(user()));
}

#[test]
fn the_address_that_an_account_had_is_told_if_somebody_had_confirmed_it() {
    let (later, notice) = (NOW + SignedDuration::from_secs(1), LinkTokenId::from_parts(0, 2));
    let other = Email::try_new("ada@another.example").unwrap();
    let (changed, told) = user().change_email(other.clone(), notice, later);
    assert_eq!((&changed.email, changed.email_verified_at, told), (&other, Some(later), None));
    let (_, told) = user().confirm_email(NOW).change_email(other, notice, later);
    let (holder, event) = told.unwrap();
    assert_eq!((holder.email, holder.purpose), (user().email, LinkPurpose::Notice));
    let user_id = user().user_id;
    assert_eq!(event, UserEvent::EmailChanged(EmailChanged { user_id, token_id: notice }));
}

#[test]
fn only_the_newest_link_may_change_the_address_and_only_once() {
    let link = |id, email: &str| {
        let (id, email) = (LinkTokenId::from_parts(0, id), Email::try_new(email).unwrap());
        LinkToken::issue(id, LinkPurpose::ConfirmEmail, user().user_id, email, NOW)
    };
    let (first, second) = (link(1, "ada@another.example"), link(2, "ada@a-third.example"));
    assert_eq!(
        user().request_email(Some(&link(3, user().email.as_ref()))),
        None,
        "the address is the account's"
    );
    let asked = user().request_email(Some(&first)).unwrap();
    assert_eq!((asked.email_change, asked.request_email(Some(&first))), (Some(first.token_id), None));
    let asked = asked.request_email(Some(&second)).unwrap();
    assert_eq!(asked.email_change, Some(second.token_id));
    assert_eq!(asked.change_email(second.email, LinkTokenId::from_parts(0, 9), NOW).0.email_change, None);
    for other in [Some(&link(3, user().email.as_ref())), None] {
        assert_eq!(asked.request_email(other).unwrap().email_change, None);
    }
}

proptest! {
    /// In whatever order they are written: what was revoked stays revoked.
    #[test]
    fn a_session_is_valid_if_it_started_since_the_last_revocation(
        times in proptest::collection::vec(0i64..50, 1..6),
        started in 0i64..60,
    ) {
        let at = |second: i64| NOW + SignedDuration::from_secs(second);
        let mut user = user();
        for time in &times {
            let was_revoked = user.has_revoked(&session(at(started)));
            user = user.revoke_sessions(at(*time));
            prop_assert!(!was_revoked || user.has_revoked(&session(at(started))));
        }
        let last = times.iter().max();
        prop_assert_eq!(user.has_revoked(&session(at(started))), last.is_some_and(|last| started < *last));
    }
}
