//! For the services' own tests.

use engines::faults::Faults;
use model::clock::Clock;
use tokio::net::TcpListener;

use crate::PaymentGateway;

/// Starts an in-memory payment gateway for one test.
///
/// # Panics
/// If no loopback port is available.
#[expect(clippy::expect_used, reason = "for tests: a failed setup fails the test")]
pub async fn payment_gateway(faults: Faults) -> PaymentGateway {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
    PaymentGateway::start(listener, None, (faults, Clock::default())).expect("a payment gateway")
}
