//! Saved payment methods at Stripe, against the laptop's payment gateway.

use domain::payments::{GatewayId, PaymentStatus};
use domain::words::pay_with::MethodUse;
use domain::words::payment_method::PaymentMethod;
use edge::Cause;
use edge::schedule::Tick;
use engines::faults::Fault;
use payments::gateway::sandbox::Sandbox;
use payments::gateway::wallet::Wallet;
use payments::gateway::{Gateway, GatewayError};
use secrecy::ExposeSecret;

use super::stripe::Paying;
use crate::fixture::{Shop, erased, now, placed_with, user};

impl Paying {
    /// Returns the id of user 1 at Stripe, who becomes a customer.
    async fn customer(&self) -> GatewayId {
        let tick = Tick::new(now(), Cause::new("test"));
        let user = user(1, false).user_id;
        let customer = self.shop.payments.ensure_customer(user, &self.gateway(), &tick).await.unwrap();
        customer.value.customer_id.unwrap()
    }

    /// User 1 saves a card on the page.
    async fn save(&self, card: &str) -> PaymentMethod {
        let (gateway, customer) = (self.gateway(), self.customer().await);
        let action = gateway.set_up(&customer).await.unwrap();
        let page = action.redirect_url.unwrap();
        assert!(page.expose_secret().contains(action.client_secret.expose_secret()));
        let (url, _) = page.expose_secret().split_once('?').unwrap();
        let secret = action.client_secret.expose_secret();
        let body = format!("card={card}&return_url=&client_secret={secret}");
        let saved = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        assert_eq!(saved.status(), 200);
        gateway.saved(&customer).await.unwrap().remove(0).payment_method
    }
}

#[tokio::test]
async fn a_customer_saves_a_card_pays_with_it_and_removes_it() {
    let paying = Paying::open().await;
    let saved = paying.save("pm_card_mastercard").await;
    let (gateway, customer) = (paying.gateway(), paying.customer().await);
    let found = gateway.find_saved(&customer, &saved).await.unwrap().unwrap();
    assert_eq!(
        (found.brand.as_str(), found.last4.as_str(), found.exp_month, found.exp_year),
        ("mastercard", "4444", 12, 2034)
    );
    paying.hear(&placed_with(saved.as_ref(), MethodUse::Saved)).await.unwrap();
    assert_eq!(paying.assert_agreed("saved").await, PaymentStatus::Captured);
    gateway.detach(&saved).await.unwrap();
    assert_eq!(gateway.find_saved(&customer, &saved).await.unwrap(), None);
    assert!(gateway.saved(&customer).await.unwrap().is_empty());
}

#[tokio::test]
async fn stripe_charges_a_saved_card_for_its_customer_alone() {
    let paying = Paying::open().await;
    let other = paying.gateway().create_customer(user(2, false).user_id).await.unwrap();
    let saved = paying.save("pm_card_visa").await;
    assert_eq!(paying.gateway().find_saved(&other, &saved).await.unwrap(), None);
    // As if nobody had saved it.
    paying.hear(&placed_with(saved.as_ref(), MethodUse::Once)).await.unwrap();
    assert_eq!(paying.assert_agreed("without its customer").await, PaymentStatus::Failed);
}

#[tokio::test]
async fn a_card_is_saved_when_it_is_charged() {
    for (card, status, saved) in [
        ("pm_card_visa", PaymentStatus::Captured, vec!["4242"]),
        ("pm_card_visa_chargeDeclined", PaymentStatus::Failed, vec![]),
    ] {
        let paying = Paying::open().await;
        paying.fail("CreateCustomer", Fault::AnswerLost);
        let order = placed_with(card, MethodUse::ToSave);
        paying.hear(&order).await.unwrap_err();
        paying.hear(&order).await.unwrap();
        assert_eq!(paying.assert_agreed(card).await, status);
        assert_eq!(paying.server.customers().len(), 1, "the key of the lost answer is the user's");
        let found = paying.gateway().saved(&paying.customer().await).await.unwrap();
        assert_eq!(found.iter().map(|saved| saved.last4.as_str()).collect::<Vec<_>>(), saved, "{card}");
    }
}

#[tokio::test]
async fn an_erased_customer_is_deleted_once() {
    let paying = Paying::open().await;
    paying.save("pm_card_visa").await;
    paying.fail("DeleteCustomer", Fault::AnswerLost);
    paying.hear(&erased()).await.unwrap_err();
    assert!(paying.server.customers().is_empty());
    for _ in 0..2 {
        paying.hear(&erased()).await.unwrap();
    }
    let deleted = paying.asked().into_iter().filter(|call| call == "DeleteCustomer").count();
    assert_eq!(deleted, 2, "the first answer was lost");
}

#[tokio::test]
async fn a_gateway_that_fails_says_nothing_about_saved_cards() {
    let paying = Paying::open().await;
    let saved = paying.save("pm_card_visa").await;
    let (gateway, customer) = (paying.gateway(), paying.customer().await);
    paying.fail("RetrievePaymentMethod", Fault::Failed);
    let failed = gateway.find_saved(&customer, &saved).await.unwrap_err();
    assert!(matches!(failed, GatewayError::Failed(_)), "{failed}");
    assert!(gateway.find_saved(&customer, &saved).await.unwrap().is_some());
}

#[tokio::test]
async fn every_user_of_the_sandbox_has_one_saved_payment_method() {
    let (one, two) = (user(1, false).user_id, user(2, false).user_id);
    let customer = Sandbox.create_customer(one).await.unwrap();
    let saved = Sandbox.saved(&customer).await.unwrap().remove(0).payment_method;
    assert_eq!(saved.to_string(), format!("pm_sandbox_saved_{one}"));
    let other = Sandbox.create_customer(two).await.unwrap();
    assert_eq!(Sandbox.find_saved(&other, &saved).await.unwrap(), None);

    let mine = placed_with(saved.as_ref(), MethodUse::ToSave);
    let theirs = placed_with(&format!("pm_sandbox_saved_{two}"), MethodUse::ToSave);
    for (order, status) in [(mine, PaymentStatus::Captured), (theirs, PaymentStatus::Failed)] {
        let shop = Shop::open().await;
        shop.hear_with(Gateway::new(Sandbox), &order).await.unwrap();
        assert_eq!(shop.payment().await.status, status);
    }
}
