//! Customers, the payment methods that they have saved, and SetupIntents, by which they save them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::card::Card;
use super::super::error::Error;
use super::super::form::Form;
use super::super::objects::{Customer, SavedMethod, SetupIntent, Status};
use super::super::set_up;
use super::{Attempt, Books, Done, Entry, Outcome, id, id_of_secret};

/// What customers have. An [`Entry`] has what one request changed of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in super::super) struct Wallet {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    customers: BTreeMap<String, Customer>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    methods: BTreeMap<String, SavedMethod>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    set_ups: BTreeMap<String, SetupIntent>,
}

impl Wallet {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.customers.is_empty() && self.methods.is_empty() && self.set_ups.is_empty()
    }

    pub(super) fn replay(&mut self, changed: Self) {
        self.customers.extend(changed.customers);
        self.methods.extend(changed.methods);
        self.set_ups.extend(changed.set_ups);
    }

    fn method(&self, id: &str) -> Result<&SavedMethod, Error> {
        self.methods.get(id).ok_or_else(|| Error::missing("PaymentMethod", "payment_method", id))
    }

    /// Returns the payment methods of a customer, newest first.
    fn of(&self, customer: &str) -> Vec<&SavedMethod> {
        let mut own: Vec<_> =
            self.methods.values().filter(|method| method.customer.as_deref() == Some(customer)).collect();
        own.sort_by_key(|method| std::cmp::Reverse(method.number));
        own
    }

    /// Adds a customer's payment method for a test card.
    fn with_method(&self, token: &str, customer: &str, now: Timestamp) -> (SavedMethod, Self) {
        let number = self.methods.len() as u64;
        let method = SavedMethod::of(id("pm"), number, token, customer, now);
        (method.clone(), Self::of_method(method))
    }

    /// Changes a payment method.
    fn changed(method: SavedMethod) -> Outcome {
        let done = Done::Object(method.shown());
        (Ok(done), Entry::of_wallet(Self::of_method(method)))
    }

    fn of_method(method: SavedMethod) -> Self {
        Self { methods: BTreeMap::from([(method.id.clone(), method)]), ..Self::default() }
    }
}

impl Entry {
    fn of_wallet(wallet: Wallet) -> Self {
        Self { wallet, ..Self::default() }
    }
}

impl Books {
    pub(in super::super) fn create_customer(&self, mut form: Form, now: Timestamp) -> Result<Outcome, Error> {
        let metadata = form.map("metadata");
        form.finish()?;
        let customer = Customer::new(id("cus"), metadata, now);
        let done = Done::Object(json!(customer));
        let customers = BTreeMap::from([(customer.id.clone(), customer)]);
        Ok((Ok(done), Entry::of_wallet(Wallet { customers, ..Wallet::default() })))
    }

    /// Deletes a customer, and detaches what they have saved.
    pub(in super::super) fn delete_customer(&self, name: &str) -> Result<Outcome, Error> {
        let customer = Customer { deleted: true, ..self.customer(name)?.clone() };
        let detached = self.wallet.of(name).into_iter().map(|method| {
            (method.id.clone(), SavedMethod { customer: None, was_detached: true, ..method.clone() })
        });
        let wallet = Wallet {
            methods: detached.collect(),
            customers: BTreeMap::from([(name.to_owned(), customer)]),
            ..Wallet::default()
        };
        let done = Done::Object(json!({ "id": name, "object": "customer", "deleted": true }));
        Ok((Ok(done), Entry::of_wallet(wallet)))
    }

    fn customer(&self, name: &str) -> Result<&Customer, Error> {
        let found = self.wallet.customers.get(name).filter(|customer| !customer.deleted);
        found.ok_or_else(|| Error::missing("customer", "id", name))
    }

    /// Checks that the customer whom a request names as a parameter exists.
    pub(super) fn check_customer(&self, name: &str) -> Result<(), Error> {
        self.customer(name).map(drop).map_err(|_| {
            Error::parameter("resource_missing", "customer", format!("No such customer: '{name}'"))
        })
    }

    /// Returns the customers that were not deleted, by the user in their metadata.
    pub(in super::super) fn customers(&self) -> Vec<String> {
        let present = self.wallet.customers.values().filter(|customer| !customer.deleted);
        present.filter_map(|customer| customer.metadata.get("user_id").cloned()).collect()
    }

    pub(in super::super) fn list_methods(&self, customer: &str, mut form: Form) -> Result<Value, Error> {
        form.only("type", &["card"])?;
        let limit = form.amount("limit")?.unwrap_or(10);
        form.finish()?;
        self.customer(customer)?;
        let mut found = self.wallet.of(customer);
        let has_more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let data: Vec<Value> = found.into_iter().map(SavedMethod::shown).collect();
        let url = format!("/v1/customers/{customer}/payment_methods");
        Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
    }

    /// Returns a payment method under its customer's path. Under another's it does not exist.
    pub(in super::super) fn find_method(&self, customer: &str, name: &str) -> Result<Value, Error> {
        self.customer(customer)?;
        let method = self.wallet.method(name)?;
        if method.customer.as_deref() == Some(customer) {
            return Ok(method.shown());
        }
        Err(Error::missing("PaymentMethod", "payment_method", name))
    }

    pub(in super::super) fn attach(
        &self,
        name: &str,
        mut form: Form,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let customer = form.required("customer")?;
        form.finish()?;
        self.check_customer(&customer)?;
        let saved = match self.wallet.methods.get(name) {
            Some(known) if known.was_detached => return Err(Error::used_before()),
            Some(known) => return Ok(Wallet::changed(known.clone())),
            None => self.saved_card(name, &customer, now)?,
        };
        Ok((Ok(Done::Object(saved.0.shown())), Entry::of_wallet(saved.1)))
    }

    pub(in super::super) fn detach(&self, name: &str, form: Form) -> Result<Outcome, Error> {
        form.finish()?;
        let method = self.wallet.method(name)?;
        if method.customer.is_none() {
            let message =
                "The payment method you provided is not attached to a customer so detachment is impossible.";
            return Err(Error::uncoded("payment_method", message.to_owned()));
        }
        let detached = SavedMethod { customer: None, was_detached: true, ..method.clone() };
        Ok(Wallet::changed(detached))
    }

    /// Saves a test card, each time as another payment method.
    fn saved_card(
        &self,
        token: &str,
        customer: &str,
        now: Timestamp,
    ) -> Result<(SavedMethod, Wallet), Error> {
        Card::of(token).ok_or_else(|| Error::missing("PaymentMethod", "payment_method", token))?;
        Ok(self.wallet.with_method(token, customer, now))
    }

    /// Returns a saved payment method's card if the customer may use it; `None` if no one has saved it.
    pub(super) fn usable_saved(&self, token: &str, customer: Option<&str>) -> Result<Option<Card>, Error> {
        let Some(method) = self.wallet.methods.get(token) else { return Ok(None) };
        match &method.customer {
            None => Err(Error::used_before()),
            Some(owner) if customer != Some(owner) => {
                let message = format!(
                    "The payment method supplied ({token}) belongs to the Customer {owner}. Please include the Customer in \
                     the `customer` parameter on the PaymentIntent."
                );
                Err(Error::uncoded("payment_method", message))
            }
            Some(_) => Ok(Card::of(&method.token)),
        }
    }

    pub(in super::super) fn create_set_up(
        &self,
        mut form: Form,
        url: &str,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let customer = form.required("customer")?;
        form.only("usage", &["on_session", "off_session"])?;
        form.only("payment_method_types[0]", &["card"])?;
        form.finish()?;
        self.check_customer(&customer)?;
        let name = id("seti");
        let client_secret = id_of_secret(&name);
        let page = format!("{url}{}/{name}?client_secret={client_secret}", set_up::PATH);
        let set_up = SetupIntent::new(name, customer, client_secret, &page, now);
        let done = Done::Object(json!(set_up));
        let set_ups = BTreeMap::from([(set_up.id.clone(), set_up)]);
        Ok((Ok(done), Entry::of_wallet(Wallet { set_ups, ..Wallet::default() })))
    }

    /// Returns whether a SetupIntent waits for the customer who knows its client secret.
    pub(in super::super) fn is_to_be_set_up(&self, name: &str, client_secret: &str) -> bool {
        let found = self.wallet.set_ups.get(name);
        found.is_some_and(|set_up| set_up.is_open() && set_up.client_secret == client_secret)
    }

    /// The customer enters a test card, which is saved. Returns `None` if there is nothing to set up.
    pub(in super::super) fn set_up(&self, name: &str, token: &str, now: Timestamp) -> Option<Entry> {
        let open = self.wallet.set_ups.get(name).filter(|set_up| set_up.is_open())?;
        self.customer(&open.customer).ok()?;
        let (method, mut wallet) = self.saved_card(token, &open.customer, now).ok()?;
        wallet.set_ups.insert(name.to_owned(), open.with(&method));
        Some(Entry::of_wallet(wallet))
    }

    /// Adds what a charge saves, if it was to.
    pub(super) fn saving(&self, mut entry: Entry, now: Timestamp) -> Entry {
        let Some(Attempt { intent, .. }) = &entry.attempt else { return entry };
        let (Some(customer), Some(token)) = (&intent.customer, &intent.payment_method) else { return entry };
        let is_saved = intent.status == Status::Succeeded && intent.setup_future_usage.is_some();
        if is_saved
            && !self.wallet.methods.contains_key(token)
            && let Ok((_, wallet)) = self.saved_card(token, customer, now)
        {
            entry.wallet = wallet;
        }
        entry
    }
}
