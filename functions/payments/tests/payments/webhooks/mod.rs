//! The resource `/webhooks`, a module per operation.

mod receive_stripe_event;
