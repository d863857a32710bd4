//! Why a payment is not shown, and a report of the payment gateway not taken.

use crate::refusals;

refusals! {
    /// Why a payment, or what its customer has to do, was not shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum PaymentRefusal {
        /// The payment does not exist, or it is another customer's.
        #[error("payment not found")]
        NotFound => NotFound, "payment_not_found", "Check the id. The payment exists once the order has been processed.";
        /// The customer has nothing to confirm.
        #[error("the payment does not wait for its customer")]
        NoActionNeeded => Conflict, "no_action_needed", "Read the payment for its status.";
    }
}

refusals! {
    /// Why a report of the payment gateway was not taken.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum WebhookRefusal {
        /// It is not signed with a secret of the shop's endpoint, or was signed more than five minutes ago.
        #[error("the signature is invalid or too old")]
        SignatureInvalid => Malformed, "signature_invalid", "Sign the request with the secret of the endpoint, and send it within five minutes.";
        /// Its event is of the payment gateway's test mode, and the shop takes real money, or the other way round.
        #[error("the event is of another mode than the shop")]
        OtherMode => Malformed, "event_of_another_mode", "Give each mode an endpoint of its own.";
    }
}
