//! What somebody did, and to what.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::goods::{Sku, Slug};
use crate::words::id::NewId;
use crate::words::promotion_code::PromotionCode;
use crate::words::setting::SettingName;

/// The maximum length of an action.
const MAX_ACTION: usize = 64;

/// The maximum length of a subject.
const MAX_SUBJECT: usize = 100;

/// The text is not the name of an operation, or not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAct {
    /// It is not an operation's name.
    #[error("not the name of an operation: expected up to {MAX_ACTION} characters such as `put-staff`")]
    Action,
    /// It is not an id.
    #[error(
        "not an id: expected up to {MAX_SUBJECT} letters, digits, dots, hyphens and underscores, and a letter or digit first"
    )]
    Subject,
}

/// The name of an operation: `put-staff`. Also one that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Action(Cow<'static, str>);

impl Action {
    /// Names one of this version's operations.
    #[must_use]
    pub const fn of(operation: &'static str) -> Self {
        Self(Cow::Borrowed(operation))
    }
}

impl AsRef<str> for Action {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Action {
    type Error = InvalidAct;

    fn try_from(text: String) -> Result<Self, InvalidAct> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=MAX_ACTION).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(Cow::Owned(text)))
        } else {
            Err(InvalidAct::Action)
        }
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.0.into_owned()
    }
}

/// The id of what was acted on: a user, a product, a SKU, a category, a setting. Made from typed ids, none of which names a person, and without the
/// character that every e-mail address has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: NewId> From<T> for Subject {
    fn from(id: T) -> Self {
        Self(id.to_string())
    }
}

impl From<&Sku> for Subject {
    fn from(sku: &Sku) -> Self {
        Self(sku.to_string())
    }
}

impl From<&Slug> for Subject {
    fn from(slug: &Slug) -> Self {
        Self(slug.to_string())
    }
}

impl From<&PromotionCode> for Subject {
    fn from(code: &PromotionCode) -> Self {
        Self(code.to_string())
    }
}

impl From<&SettingName> for Subject {
    fn from(name: &SettingName) -> Self {
        Self(format!("{}.{}", name.kind, name.id))
    }
}

impl FromStr for Subject {
    type Err = InvalidAct;

    fn from_str(text: &str) -> Result<Self, InvalidAct> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Subject {
    type Error = InvalidAct;

    fn try_from(text: String) -> Result<Self, InvalidAct> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.len() <= MAX_SUBJECT && text.bytes().all(is_allowed) {
            Ok(Self(text))
        } else {
            Err(InvalidAct::Subject)
        }
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

#[cfg(feature = "schema")]
crate::schema::text! {
    Action: "The name of an operation.",
        { "examples": ["put-staff"], "minLength": 1, "maxLength": MAX_ACTION, "pattern": "^[a-z0-9-]+$" }
    Subject: "The id of what was changed: a user, a product, a SKU. An invitation is named by the id of the account that it will create.",
        { "examples": ["usr_01KAR8J3YT5QZ8W2N6V4C1D7EF"], "minLength": 1, "maxLength": MAX_SUBJECT, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::id::{ProductId, UserId};
    use crate::words::setting::{SettingId, SettingKind};

    #[test]
    fn the_id_of_anything_that_staff_change_reads_back_as_a_subject() {
        let sku = Sku::try_new(format!("C{}", ".-_9".repeat(9))).unwrap();
        for subject in [
            Subject::from(UserId::from_parts(0, 1)),
            Subject::from(ProductId::from_parts(u64::MAX >> 16, u128::MAX >> 48)),
            Subject::from(&sku),
            Subject::from(&SettingName {
                kind: SettingKind::ShippingZone,
                id: SettingId::try_new("x".repeat(60)).unwrap(),
            }),
        ] {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
    }

    #[test]
    fn what_is_no_id_is_no_subject() {
        let long = "x".repeat(MAX_SUBJECT + 1);
        for bad in ["", "ada@example.com", "two words", "a#b", "..", "_x", "é", &long] {
            assert_eq!(bad.parse::<Subject>(), Err(InvalidAct::Subject), "{bad:?}");
        }
        assert!("x".repeat(MAX_SUBJECT).parse::<Subject>().is_ok());
    }

    #[test]
    fn an_operation_of_a_later_version_is_an_action() {
        let read = |name: &str| Action::try_from(name.to_owned());
        assert_eq!(read("put-staff"), Ok(Action::of("put-staff")));
        assert!(read("of-a-later-version-2").is_ok());
        for bad in ["", "Put staff", "put_staff", "ada@example.com", &"x".repeat(MAX_ACTION + 1)] {
            assert_eq!(read(bad), Err(InvalidAct::Action), "{bad:?}");
        }
    }
}
