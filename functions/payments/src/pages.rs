//! The shop's pages, as far as payments leads customers to them.

use domain::words::id::OrderId;
use edge::{Connect, Environment, InitError};

/// The shop's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    url: String,
    publishable_key: Option<String>,
}

impl Pages {
    /// The pages at the shop's public URL, with the key that Stripe's script in them needs.
    #[must_use]
    pub fn at(url: &str, publishable_key: Option<&str>) -> Self {
        let publishable_key = publishable_key.filter(|key| !key.is_empty()).map(str::to_owned);
        Self { url: url.trim_end_matches('/').to_owned(), publishable_key }
    }

    /// The pages that the environment names.
    ///
    /// # Errors
    /// If it names none.
    pub fn of(environment: &Environment) -> Result<Self, InitError> {
        let key = environment.variable("STRIPE_PUBLISHABLE_KEY").ok();
        Ok(Self::at(environment.variable("PUBLIC_URL")?, key))
    }

    /// Returns the URL of an order's page.
    #[must_use]
    pub fn order(&self, order: OrderId) -> String {
        format!("{}/order/{order}", self.url)
    }

    /// Returns Stripe's publishable key, if there is one.
    #[must_use]
    pub fn publishable_key(&self) -> Option<&str> {
        self.publishable_key.as_deref()
    }
}

impl Connect for Pages {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Self::of(environment)
    }
}
