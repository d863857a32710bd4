//! The addresses that a user has saved, and which of them a checkout begins with.

use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::users::User;
use crate::words::id::{AddressId, UserId};
use crate::words::person::Address;

/// How many addresses a user can save.
pub const MAX_ADDRESSES: u8 = 20;

/// An address that a user has saved. An order has a copy of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAddress {
    /// The user.
    pub user_id: UserId,
    /// Its id, which the user's client has drawn.
    pub address_id: AddressId,
    /// The address.
    pub address: Address,
}

/// What an address is the default for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DefaultFor {
    /// Where orders go.
    pub shipping: bool,
    /// Where bills go.
    pub billing: bool,
}

refusals! {
    /// Why an address was not saved.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum AddressBookRefusal {
        /// The user has as many addresses as one user may have: 20.
        #[error("no more than {MAX_ADDRESSES} addresses can be saved")]
        Full => Conflict, "too_many_addresses", "Remove an address, or replace one by sending its id.";
    }
}

/// Which addresses a user has is decided with the account: every change of them writes it. So of two that meet, one decides again,
/// there are never too many, and a default is always an address that is saved.
impl User {
    /// Saves an address, in place of `existing` if the user has one with its id, and makes it the default for this. It is the
    /// default for nothing else any more. `None` if everything is already so.
    ///
    /// # Errors
    /// If it is new, and the user has `count` others, which is as many as there may be.
    pub fn put_address(
        &self,
        count: usize,
        existing: Option<&SavedAddress>,
        new: &SavedAddress,
        default_for: DefaultFor,
    ) -> Result<Option<Self>, AddressBookRefusal> {
        if existing.is_none() && count >= usize::from(MAX_ADDRESSES) {
            return Err(AddressBookRefusal::Full);
        }
        let changed = self.with_default(new.address_id, default_for);
        let is_same = existing == Some(new) && changed == *self;
        Ok((!is_same).then_some(changed))
    }

    /// Removes an address: it is the default for nothing any more.
    #[must_use]
    pub fn remove_address(&self, id: AddressId) -> Self {
        self.with_default(id, DefaultFor::default())
    }

    /// Returns what an address is the default for.
    #[must_use]
    pub fn default_for(&self, id: AddressId) -> DefaultFor {
        DefaultFor { shipping: self.default_shipping == Some(id), billing: self.default_billing == Some(id) }
    }

    fn with_default(&self, id: AddressId, default_for: DefaultFor) -> Self {
        let moved = |default: Option<AddressId>, is_default| {
            if is_default { Some(id) } else { default.filter(|default| *default != id) }
        };
        Self {
            default_shipping: moved(self.default_shipping, default_for.shipping),
            default_billing: moved(self.default_billing, default_for.billing),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::words::id::LinkTokenId;
    use crate::words::locale::Locale;
    use crate::words::person::{Email, Name};

    const BOTH: DefaultFor = DefaultFor { shipping: true, billing: true };
    const SHIPPING: DefaultFor = DefaultFor { shipping: true, billing: false };
    const NEITHER: DefaultFor = DefaultFor { shipping: false, billing: false };

    /// A user's account and addresses, as they are stored.
    #[derive(Debug, Clone)]
    struct Book {
        user: User,
        saved: BTreeMap<AddressId, SavedAddress>,
    }

    fn id(number: u8) -> AddressId {
        AddressId::from_parts(0, number.into())
    }

    impl Book {
        fn empty() -> Self {
            let (email, name) = (Email::try_new("ada@example.com"), Name::try_new("Ada"));
            let (user, link) = (UserId::from_parts(0, 1), LinkTokenId::from_parts(0, 1));
            let now = Timestamp::UNIX_EPOCH;
            let user = User::register(user, email.unwrap(), name.unwrap(), Locale::default(), link, now).0;
            Self { user, saved: BTreeMap::new() }
        }

        /// Returns whether anything changed.
        fn put(&mut self, number: u8, line1: &str, default: DefaultFor) -> Result<bool, AddressBookRefusal> {
            let address =
                serde_json::json!({ "name": "Ada", "line1": line1, "city": "Qormi", "country": "MT" });
            let address = serde_json::from_value(address).unwrap();
            let new = SavedAddress { user_id: self.user.user_id, address_id: id(number), address };
            let existing = self.saved.get(&id(number));
            let Some(user) = self.user.put_address(self.saved.len(), existing, &new, default)? else {
                return Ok(false);
            };
            self.user = user;
            self.saved.insert(id(number), new);
            Ok(true)
        }

        fn remove(&mut self, number: u8) {
            self.user = self.user.remove_address(id(number));
            self.saved.remove(&id(number));
        }

        fn defaults(&self) -> (Option<AddressId>, Option<AddressId>) {
            (self.user.default_shipping, self.user.default_billing)
        }
    }

    #[test]
    fn a_default_moves_and_what_it_moved_from_stays_saved() {
        let mut book = Book::empty();
        book.put(1, "a", BOTH).unwrap();
        book.put(2, "b", SHIPPING).unwrap();
        assert_eq!(book.defaults(), (Some(id(2)), Some(id(1))));
        assert_eq!(
            (book.user.default_for(id(1)).shipping, book.user.default_for(id(1)).billing),
            (false, true)
        );
        book.put(3, "c", NEITHER).unwrap();
        assert_eq!(book.defaults(), (Some(id(2)), Some(id(1))), "another address clears none");
        book.put(2, "b", NEITHER).unwrap();
        assert_eq!(book.defaults(), (None, Some(id(1))), "its own is cleared");
        book.remove(1);
        assert_eq!((book.defaults(), book.saved.len()), ((None, None), 2));
    }

    #[test]
    fn the_twenty_first_address_is_refused_and_a_replacement_is_not() {
        let mut book = Book::empty();
        for number in 0..MAX_ADDRESSES {
            assert_eq!(book.put(number, "a", SHIPPING), Ok(true));
        }
        assert_eq!(book.put(MAX_ADDRESSES, "a", SHIPPING), Err(AddressBookRefusal::Full));
        assert_eq!(book.put(0, "b", NEITHER), Ok(true));
        book.remove(0);
        assert_eq!(book.put(MAX_ADDRESSES, "a", SHIPPING), Ok(true));
    }

    #[derive(Debug, Clone)]
    enum Act {
        Put(u8, &'static str, DefaultFor),
        Remove(u8),
    }

    fn act() -> impl Strategy<Value = Act> {
        let default_for = (any::<bool>(), any::<bool>());
        let default_for = default_for.prop_map(|(shipping, billing)| DefaultFor { shipping, billing });
        let put = (0u8..25, prop_oneof![Just("a"), Just("b")], default_for);
        prop_oneof![
            4 => put.prop_map(|(number, line1, default_for)| Act::Put(number, line1, default_for)),
            1 => (0u8..25).prop_map(Act::Remove),
        ]
    }

    proptest! {
        #[test]
        fn defaults_are_saved_addresses_and_there_are_never_too_many(
            acts in proptest::collection::vec(act(), 1..60),
        ) {
            let mut book = Book::empty();
            for act in acts {
                let before = book.clone();
                match act {
                    Act::Put(number, line1, default_for) => match book.put(number, line1, default_for) {
                        Ok(_) => {
                            prop_assert_eq!(book.user.default_for(id(number)), default_for);
                            prop_assert_eq!(book.put(number, line1, default_for), Ok(false), "the same again");
                        }
                        Err(AddressBookRefusal::Full) => {
                            prop_assert_eq!(before.saved.len(), usize::from(MAX_ADDRESSES));
                            prop_assert_eq!(before.user, book.user.clone());
                        }
                    },
                    Act::Remove(number) => {
                        book.remove(number);
                        let once = book.user.clone();
                        book.remove(number);
                        prop_assert_eq!(once, book.user.clone(), "the same again");
                    }
                }
                prop_assert!(book.saved.len() <= usize::from(MAX_ADDRESSES));
                let (shipping, billing) = book.defaults();
                for default in shipping.into_iter().chain(billing) {
                    prop_assert!(book.saved.contains_key(&default));
                }
            }
        }
    }
}
