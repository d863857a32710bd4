//! The sandbox.

use domain::payments::PaymentStatus;
use payments::gateway::Gateway;
use payments::gateway::sandbox::Sandbox;

use crate::fixture::{Shop, placed};

/// The sandbox is stateless, so the outcome of a second try has to depend on the payment alone.
#[tokio::test]
async fn a_timeout_of_the_sandbox_is_resolved_by_a_retry() {
    for (token, tries) in [("pm_sandbox_timeoutBeforeCharge", 2), ("pm_sandbox_timeoutAfterCharge", 1)] {
        let shop = Shop::open().await;
        let order = placed(token);
        assert!(shop.hear_with(Gateway::new(Sandbox), &order).await.is_err(), "{token}");
        shop.hear_with(Gateway::new(Sandbox), &order).await.unwrap();
        let payment = shop.payment().await;
        assert_eq!((payment.status, payment.tries), (PaymentStatus::Captured, tries), "{token}");
    }
}
