//! For the services' own tests.

use engines::faults::Faults;
use tokio::net::TcpListener;

use crate::PaymentGateway;

/// A payment gateway of its own, in memory, for one test.
///
/// # Panics
/// When there is no loopback port.
#[expect(clippy::expect_used, reason = "for tests: what cannot be set up fails the test, here and at once")]
pub async fn payment_gateway(faults: Faults) -> PaymentGateway {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
    PaymentGateway::start(listener, None, faults).expect("a payment gateway")
}
