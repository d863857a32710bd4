//! The ground floor: what every service means by an id, an amount of money, an address, a SKU, a refusal.

pub mod goods;
pub mod hold;
pub mod id;
pub mod line;
pub mod money;
pub mod payment_method;
pub mod person;
pub mod refusal;
