//! The real adapter, against the laptop's payment gateway.
