//! The lowest layer: the meaning of ids, money, addresses, SKUs and refusals in every service.

pub mod act;
pub mod address;
pub mod attempt;
pub mod calendar;
pub mod charge;
pub mod contact;
pub mod document;
pub mod goods;
pub mod hold;
pub mod id;
pub mod line;
pub mod locale;
pub mod money;
pub mod order_number;
mod patch;
pub mod pay_with;
pub mod payment_method;
pub mod person;
pub mod price;
pub mod promotion_code;
pub mod refusal;
pub mod setting;
pub mod sha256;
pub mod shipment;
mod text;
pub use patch::{present, removable};
pub(crate) use text::is_one_line;
