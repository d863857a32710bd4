//! The resource `/products`: what is sold, under which name, at which price.

pub mod create_product;
pub mod get_product;
pub mod list_products;
pub mod rows;

pub use create_product::create_product;
pub use get_product::get_product;
pub use list_products::list_products;
