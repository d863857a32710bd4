//! The resource `/cart`: what somebody is about to buy. One user has one, guests included.

pub mod get_cart;
pub mod merge_cart;
pub mod put_cart_line;
pub mod rows;
pub mod update_cart;

pub use get_cart::get_cart;
pub use merge_cart::merge_cart;
pub use put_cart_line::put_cart_line;
pub use update_cart::update_cart;

use domain::carts::{Basis, Cart, CartView};
use domain::stock::Offers;
use domain::words::goods::Sku;
use domain::words::id::UserId;
use domain::words::line::Skus;
use edge::{Call, Cause, Connect, Environment, InitError, NoBody, Problem, Reply};
use jiff::Timestamp;
use peers::{PeerError, ProductsClient};
use store::{Error, Stored};
use telemetry::chain;

use crate::carts::rows::cart_key;
use crate::settings::in_force::InForce;
use crate::store::Orders;

/// What carts need: the table, the product service, and the settings.
#[derive(Debug, Clone)]
pub struct Carts {
    /// The orders table.
    pub orders: Orders,
    /// The product service.
    pub products: ProductsClient,
    /// The settings.
    pub settings: InForce,
}

impl Connect for Carts {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let (settings, products) = <(InForce, ProductsClient) as Connect>::connect(environment).await?;
        Ok(Self { orders: settings.orders().clone(), products, settings })
    }
}

impl Carts {
    /// Returns what SKUs are offered for; `None` if the product service is unavailable.
    ///
    /// # Errors
    /// If the product service refuses the request.
    async fn offers(&self, skus: Vec<Sku>, cause: &Cause) -> Result<Option<Offers>, Problem> {
        // Nothing is asked about an empty cart.
        let Ok(skus) = Skus::try_from(skus) else { return Ok(Some(Offers::default())) };
        match Box::pin(self.products.offers(&skus, cause)).await {
            Ok(offers) => Ok(Some(offers)),
            Err(PeerError::Unavailable(error)) => {
                tracing::warn!(error = %chain(error.as_ref()), "the cart is shown without the product service");
                Ok(None)
            }
            Err(refused) => Err(refused.into()),
        }
    }
}

impl Orders {
    /// Returns a user's cart, unless it has expired by `now`.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn cart(&self, user: UserId, now: Timestamp) -> Result<Option<Stored<Cart>>, Error> {
        self.table.get_unexpired(&cart_key(user), now).await
    }
}

/// Shows the caller's cart.
async fn show_to(carts: &Carts, call: &Call<NoBody>) -> Result<Reply<CartView>, Problem> {
    let user_id = call.caller.user_id;
    let settings = carts.settings.at(call.now).await?;
    let found = carts.orders.cart(user_id, call.now).await?;
    let cart = found.as_ref().map(|found| &found.value);
    let skus = cart.map(|cart| cart.skus(None)).unwrap_or_default();
    let codes = cart.map(|cart| cart.codes.as_slice()).unwrap_or_default();
    let codes = carts.orders.given_codes(codes, user_id).await?;
    let offers = carts.offers(skus, &call.cause).await?;
    let basis = Basis { offers: offers.as_ref(), settings: &settings, codes: &codes, now: call.now };
    Ok(show(found, user_id, basis))
}

/// Shows a cart, or an empty one to a user who has none.
fn show(found: Option<Stored<Cart>>, user_id: UserId, basis: Basis<'_>) -> Reply<CartView> {
    let (cart, version) = or_new(found, user_id, basis.now);
    Reply::ok(CartView::of(&cart, version, basis)).etag(version)
}

/// Returns a cart with its version: 0 for one that nothing was put into yet.
fn or_new(found: Option<Stored<Cart>>, user_id: UserId, now: Timestamp) -> (Cart, u64) {
    found.map_or_else(|| (Cart::new(user_id, now), 0), |found| (found.value, found.version))
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::carts::CartRefusal;
    use domain::promotions::CodeRefusal;
    use domain::words::address::AddressRefusal;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("get-cart", get_cart).etag(),
        Operation::of("merge-cart", merge_cart).etag(),
        Operation::of("put-cart-line", put_cart_line)
            .path::<Sku>()
            .if_match(Header::Optional)
            .etag()
            .refuses(CartRefusal::CODES, &["cart_full", "unknown_sku", "guest_merged"]),
        Operation::of("update-cart", update_cart)
            .if_match(Header::Optional)
            .etag()
            .refuses_all_but(AddressRefusal::CODES, &[])
            .refuses_all_but(CartRefusal::CODES, &["cart_full", "unknown_sku"])
            .refuses_all_but(CodeRefusal::CODES, &[]),
    ]
}
