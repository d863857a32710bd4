//! The sandbox.

use domain::payments::PaymentStatus;
use payments::gateway::Gateway;
use payments::gateway::sandbox::Sandbox;

use crate::fixture::{Shop, placed};

/// The sandbox keeps nothing, so what it says of a second try has to come of the payment alone.
#[tokio::test]
async fn the_sandbox_gets_over_its_timeouts() {
    for (token, tries) in [("pm_sandbox_timeoutBeforeCharge", 2), ("pm_sandbox_timeoutAfterCharge", 1)] {
        let shop = Shop::open().await;
        let order = placed(token);
        assert!(shop.hear_with(Gateway::new(Sandbox), &order).await.is_err(), "{token}");
        shop.hear_with(Gateway::new(Sandbox), &order).await.unwrap();
        let payment = shop.payment().await;
        assert_eq!((payment.status, payment.tries), (PaymentStatus::Captured, tries), "{token}");
    }
}
