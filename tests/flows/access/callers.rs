//! Callers, with the tokens and signatures that they send.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use engines::aws::Service;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, Response};
use runtime::attached::{self, Attached};
use runtime::cloud::REGION;
use serde_json::{Value, json};
use tests::contract::access::Caller;
use tests::contract::routes::Route;
use tests::{Customer, Shop};

use super::requests::Request;

/// Functions whose policies allow an internal route, and one whose policies allow none.
const ENTITLED: [(&str, &str); 7] = [
    ("quote-lines", "get-cart"),
    ("reserve-stock", "place-order"),
    ("keep-contact", "place-order"),
    ("compare-contact", "declare-withdrawal"),
    ("get-contact", "get-order"),
    ("get-link", "send-account-mail"),
    ("verify-payment-method", "place-order"),
];
const UNENTITLED: &str = "list-orders";

pub struct Callers<'s> {
    pub shop: &'s Shop,
    pub owner: Customer<'s>,
    pub guest: Customer<'s>,
    pub other: Customer<'s>,
    pub admin: Customer<'s>,
    expired: String,
    wrong_audience: String,
    refreshed_away: String,
    /// The last refresh token of the session that was ended.
    pub ended_refresh_token: String,
    functions: BTreeMap<String, Attached>,
}

impl<'s> Callers<'s> {
    pub async fn of(shop: &'s Shop) -> Self {
        let owner = shop.customer("Ada Lovelace").await;
        let key = signing_key(shop).await;
        let in_the_past = json!({ "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_600 });
        let expired = signed_again(&owner.token, &in_the_past, &key);
        let wrong_audience = signed_again(&owner.token, &json!({ "aud": "another-shop" }), &key);
        // Otherwise a refusal of these would prove nothing.
        let unchanged = signed_again(&owner.token, &json!({}), &key);
        let known = shop.client().get(shop.at("/users/me")).bearer_auth(unchanged);
        assert_eq!(shop.send(known).await.status, 200, "tokens are signed as the shop signs them");
        let (refreshed_away, ended_refresh_token) = ended_session(shop, &owner).await;
        let functions = attached::functions(shop.cloud().console_url()).await.expect("the console answers");
        Self {
            shop,
            guest: shop.guest().await,
            other: shop.customer("Grace Hopper").await,
            admin: shop.admin().await,
            owner,
            expired,
            wrong_audience,
            refreshed_away,
            ended_refresh_token,
            functions: functions.into_iter().map(|function| (function.operation.clone(), function)).collect(),
        }
    }

    /// Returns the customer who calls in a session that goes on.
    pub fn customer(&self, caller: Caller) -> Option<&Customer<'s>> {
        match caller {
            Caller::Owner => Some(&self.owner),
            Caller::Other => Some(&self.other),
            Caller::Admin => Some(&self.admin),
            _ => None,
        }
    }

    pub async fn send(&self, caller: Caller, route: &Route, method: Method, request: &Request) -> Response {
        let at_the_front_door = || self.shop.client().request(method.clone(), self.shop.at(&request.path));
        let sent = match caller {
            Caller::Anonymous => at_the_front_door(),
            Caller::Guest => at_the_front_door().bearer_auth(&self.guest.token),
            Caller::Other => at_the_front_door().bearer_auth(&self.other.token),
            Caller::Owner => at_the_front_door().bearer_auth(&self.owner.token),
            Caller::Admin => at_the_front_door().bearer_auth(&self.admin.token),
            Caller::Expired => at_the_front_door().bearer_auth(&self.expired),
            Caller::WrongAudience => at_the_front_door().bearer_auth(&self.wrong_audience),
            Caller::RefreshedAway => at_the_front_door().bearer_auth(&self.refreshed_away),
            Caller::AroundTheFrontDoor => {
                let url = format!("{}{}", self.api(route), request.path);
                self.shop.client().request(method, url).bearer_auth(&self.admin.token)
            }
            Caller::Service | Caller::OtherService => {
                let sent = self.signed(caller, route, method, request);
                return self.shop.client().execute(sent).await.expect("an answer");
            }
        };
        let sent = request.apply(sent);
        sent.send().await.expect("an answer")
    }

    fn api(&self, route: &Route) -> &str {
        let mut apis = self.shop.cloud().deployment().apis.iter();
        &apis.find(|api| api.service == route.service).expect("the API").endpoint
    }

    /// Signs a request as a function does (Signature Version 4).
    fn signed(&self, caller: Caller, route: &Route, method: Method, request: &Request) -> reqwest::Request {
        let entitled = ENTITLED.iter().find(|(name, _)| route.operation == *name).map(|(_, caller)| *caller);
        let function = match caller {
            // Every function may send what it likes to a route that asks for no signature.
            Caller::Service => entitled.unwrap_or("place-order"),
            _ => UNENTITLED,
        };
        let variable = |name: &str| self.functions[function].environment[name].clone();
        let token = Some(variable("AWS_SESSION_TOKEN"));
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        let identity = Credentials::new(id, secret, token, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("parameters");
        let url = format!("{}{}", self.api(route), request.path);
        let sent =
            request.apply(self.shop.client().request(method.clone(), &url)).build().expect("a request");
        let body = sent.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
        let signable =
            SignableRequest::new(method.as_str(), &url, std::iter::empty(), SignableBody::Bytes(&body));
        let (signature, _) =
            sign(signable.expect("a request"), &params.into()).expect("a signature").into_parts();
        let mut sent = sent;
        for (name, value) in signature.headers() {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
            sent.headers_mut().insert(name, value.parse().expect("a value"));
        }
        sent
    }
}

/// Ends a session by using a refresh token that was replaced twice. Returns its access token and its last refresh token.
async fn ended_session(shop: &Shop, owner: &Customer<'_>) -> (String, String) {
    let session = shop.signed_in(&owner.email, "a password of eight or more").await;
    let refresh = async |token: &str| {
        let request =
            shop.client().post(shop.at("/sessions/refresh")).json(&json!({ "refresh_token": token }));
        shop.send(request).await
    };
    let mut last = session.refresh_token.clone();
    for _ in 0..2 {
        let refreshed = refresh(&last).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        last = refreshed.body["refresh_token"].as_str().expect("a refresh token").to_owned();
    }
    assert_eq!(refresh(&session.refresh_token).await.status, 401, "the token was replaced twice");
    (session.token, last)
}

/// Derives the shop's own key, as `functions/users/src/keys/signing_key.rs` does.
async fn signing_key(shop: &Shop) -> EncodingKey {
    let mut secrets = shop.cloud().deployment().secrets.iter();
    let secret = secrets.find(|secret| secret.name.ends_with("SigningSecret")).expect("the secret");
    let request = json!({ "SecretId": secret.arn });
    let endpoint = shop.cloud().endpoint();
    let found = endpoint.call(Service::SecretsManager, "GetSecretValue", &request).await.expect("the secret");
    let text = found["SecretString"].as_str().expect("a text");
    let mut seed = [0; 32];
    let purpose: &[&[u8]] = &[b"bodega access tokens, ed25519, v1"];
    let derived = Salt::none(HKDF_SHA256).extract(text.as_bytes());
    derived.expand(purpose, HKDF_SHA256).and_then(|key| key.fill(&mut seed)).expect("a seed");
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
    EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("a key").as_ref())
}

/// Signs the claims of a token again, some of them changed.
fn signed_again(token: &str, changes: &Value, key: &EncodingKey) -> String {
    let head = jsonwebtoken::decode_header(token).expect("a token");
    let mut claims = crate::tokens::decode(token.split('.').nth(1).expect("claims"));
    for (name, value) in changes.as_object().expect("claims") {
        claims[name] = value.clone();
    }
    let header = Header { typ: head.typ, kid: head.kid, ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, key).expect("a token")
}
