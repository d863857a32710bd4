//! The resource `/products`: what is sold, under which name, at which price.

pub mod create_product;
pub mod get_product;
pub mod list_products;
pub mod rows;
