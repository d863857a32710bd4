use base64::Engine;
use domain::users::session::{TokenHash, TokenHashes};
use jsonwebtoken::EncodingKey;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const ISSUER: &str = "https://bodega.example";

fn key() -> SigningKey {
    SigningKey::derive(&SECRET.into()).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn admin() -> User {
    let user_id = UserId::from_parts(0, 1);
    let (user, _) = User::register(
        user_id,
        domain::words::person::Email::try_new("ada@example.com").unwrap(),
        domain::words::person::Name::try_new("Ada").unwrap(),
        domain::words::locale::Locale::default(),
        domain::words::id::LinkTokenId::from_parts(0, 1),
        now(),
    );
    User { roles: vec![Role::Admin], second_factor_since: Some(now()), ..user }
}

fn session_id() -> SessionId {
    SessionId::from_parts(0, 2)
}

/// A session that began with a second factor.
fn session() -> Session {
    let token = TokenHashes { family: TokenHash::of(&[0]), own: TokenHash::of(&[0]) };
    Session::start(session_id(), admin().user_id, token, now()).with_second_factor()
}

fn good() -> String {
    let token = AccessTokens::new(key(), ISSUER, RolesNeed::SecondFactor)
        .issue(&admin(), &session(), None, now())
        .unwrap();
    token.expose_secret().to_owned()
}

/// Verifies a header as the authorizer does, which knows this one key.
fn verify_header(authorization: &str, now: Timestamp) -> Result<SignedIn, TokenRefusal> {
    let token = PresentedToken::parse(authorization)?;
    if token.key_id() != key().id {
        return Err(TokenRefusal::Invalid);
    }
    token.verify(&key().verifying().unwrap(), &validation(ISSUER), now)
}

fn verify_at(token: &str, now: Timestamp) -> Result<SignedIn, TokenRefusal> {
    verify_header(&format!("Bearer {token}"), now)
}

fn verify(token: &str) -> Result<SignedIn, TokenRefusal> {
    verify_at(token, now())
}

fn decoded(token: &str, part: usize) -> Value {
    let part = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Returns a correctly signed token with changed header and claims, which only a mistake of the issuer could produce.
fn signed(change: impl Fn(&mut Value, &mut Value)) -> String {
    signed_with(&key().private, change)
}

fn signed_with(key: &EncodingKey, change: impl Fn(&mut Value, &mut Value)) -> String {
    let (mut header, mut claims) = (decoded(&good(), 0), decoded(&good(), 1));
    change(&mut header, &mut claims);
    let message = format!("{}.{}", encoded(&header), encoded(&claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn an_issued_token_is_accepted() {
    let who = verify(&good()).unwrap();
    let expected = SignedIn {
        user_id: admin().user_id,
        session_id: session_id(),
        roles: vec![Role::Admin],
        is_guest: false,
        merges: None,
    };
    assert_eq!(who, expected);
    assert!(verify(&signed(|_, _| ())).is_ok(), "the tests' signing is correct");
    assert!(verify_header(&format!("bearer {}", good()), now()).is_ok());
}

#[test]
fn a_token_follows_the_profile_of_rfc_9068() {
    insta::assert_json_snapshot!(decoded(&good(), 0), @r#"
    {
      "alg": "EdDSA",
      "kid": "312E8YQcU7U8TP7kI2RNNZhwJv-9mR5jV6O32bAomzQ",
      "typ": "at+jwt"
    }
    "#);
    insta::assert_json_snapshot!(decoded(&good(), 1), { ".jti" => "[22 characters]" }, @r#"
    {
      "amr": [
        "pwd",
        "otp"
      ],
      "aud": "bodega",
      "auth_time": 1795428000,
      "client_id": "bodega",
      "exp": 1795428600,
      "iat": 1795428000,
      "iss": "https://bodega.example",
      "jti": "[22 characters]",
      "nbf": 1795428000,
      "roles": [
        "admin"
      ],
      "sid": "ses_00000000000000000000000002",
      "sub": "usr_00000000000000000000000001"
    }
    "#);
    assert_ne!(decoded(&good(), 1)["jti"], decoded(&good(), 1)["jti"]);
}

#[test]
fn a_token_expires_at_the_exact_second() {
    let token = good();
    let end = now() + LIFETIME;
    assert!(verify_at(&token, end - SignedDuration::from_secs(1)).is_ok());
    assert_eq!(verify_at(&token, end), Err(TokenRefusal::Expired));
    assert_eq!(verify_at(&token, end + LIFETIME), Err(TokenRefusal::Expired));
}

#[test]
fn a_token_from_the_future_is_refused_beyond_the_leeway() {
    let token = good();
    assert!(verify_at(&token, now() - SignedDuration::from_secs(LEEWAY)).is_ok());
    let early = verify_at(&token, now() - SignedDuration::from_secs(LEEWAY + 1));
    assert_eq!(early, Err(TokenRefusal::NotYetValid));
}

#[test]
fn one_altered_character_anywhere_is_refused() {
    let token = good();
    for (at, was) in token.char_indices() {
        for with in ["A", "z", ".", "="].into_iter().filter(|with| !with.starts_with(was)) {
            let mut altered = token.clone();
            altered.replace_range(at..=at, with);
            let refused = verify(&altered);
            assert!(
                matches!(refused, Err(TokenRefusal::Invalid | TokenRefusal::Malformed)),
                "{at} {with}: {refused:?}"
            );
        }
    }
}

#[test]
fn forged_claims_are_refused() {
    let token = good();
    let (head, signature) = (token.split('.').next().unwrap(), token.split('.').nth(2).unwrap());
    let mut claims = decoded(&token, 1);
    claims["sub"] = json!(UserId::from_parts(0, 9));
    assert_eq!(verify(&format!("{head}.{}.{signature}", encoded(&claims))), Err(TokenRefusal::Invalid));
}

#[test]
fn an_algorithm_that_the_token_chooses_is_refused() {
    let (claims, signature) = (encoded(&decoded(&good(), 1)), good().rsplit('.').next().unwrap().to_owned());
    for algorithm in ["none", "None", "NONE", "", "HS256", "HS512", "ES256", "RS256", "ED25519", "eddsa"] {
        let mut header = decoded(&good(), 0);
        header["alg"] = json!(algorithm);
        for signature in ["", signature.as_str()] {
            let token = format!("{}.{claims}.{signature}", encoded(&header));
            assert_eq!(verify(&token), Err(TokenRefusal::Invalid), "{algorithm}");
        }
    }
    // The classic attack: the public key as the secret of an HMAC.
    let mut header = decoded(&good(), 0);
    header["alg"] = json!("HS256");
    let message = format!("{}.{claims}", encoded(&header));
    let public = key().verifying().unwrap();
    let public = EncodingKey::from_secret(public.try_get_as_bytes().unwrap());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &public, Algorithm::HS256).unwrap();
    assert_eq!(verify(&format!("{message}.{signature}")), Err(TokenRefusal::Invalid));
}

#[test]
fn a_foreign_header_is_refused() {
    let headers: [(&str, Value); 7] = [
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("kid", json!("another")),
        ("kid", Value::Null),
        ("crit", json!(["exp"])),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
    ];
    for (name, value) in headers {
        let token = signed(|header, _| header[name] = value.clone());
        assert_eq!(verify(&token), Err(TokenRefusal::Invalid), "{name} {value}");
    }
}

#[test]
fn a_key_in_the_header_is_ignored() {
    let theirs = SigningKey::derive(&"another secret that is long enough for a key".into()).unwrap();
    let token = signed_with(&theirs.private, |header, _| header["jwk"] = json!(theirs.jwk));
    assert_eq!(verify(&token), Err(TokenRefusal::Invalid));
    let token = signed_with(&theirs.private, |header, _| header["kid"] = json!(theirs.id));
    assert_eq!(verify(&token), Err(TokenRefusal::Invalid));
}

#[test]
fn foreign_claims_are_refused() {
    let claims: [(&str, Value); 13] = [
        ("aud", json!("elsewhere")),
        ("aud", json!(["elsewhere"])),
        ("aud", Value::Null),
        ("iss", json!("https://elsewhere.example")),
        ("iss", Value::Null),
        ("sub", json!("ada")),
        ("sub", Value::Null),
        ("sid", Value::Null),
        ("roles", json!("admin")),
        ("roles", json!([1])),
        ("exp", json!("never")),
        ("exp", Value::Null),
        ("nbf", Value::Null),
    ];
    for (name, value) in claims {
        let token = signed(|_, claims| claims[name] = value.clone());
        assert_eq!(verify(&token), Err(TokenRefusal::Invalid), "{name} {value}");
        let token = signed(|_, claims| drop(claims.as_object_mut().unwrap().remove(name)));
        assert_eq!(verify(&token), Err(TokenRefusal::Invalid), "without {name}");
    }
}

#[test]
fn a_role_of_a_newer_version_grants_nothing() {
    let token = signed(|_, claims| claims["roles"] = json!(["auditor", "admin"]));
    let roles = verify(&token).unwrap().roles;
    assert_eq!(roles, [Role::Unknown, Role::Admin], "the authorizer passes on only the known one");
    let user = User { roles, ..admin() };
    let issued = AccessTokens::new(key(), ISSUER, RolesNeed::SecondFactor)
        .issue(&user, &session(), None, now())
        .unwrap();
    assert_eq!(decoded(issued.expose_secret(), 1)["roles"], json!(["admin"]));
}

#[test]
fn roles_enter_a_token_only_with_a_second_factor() {
    let alone = Session { second_factor: false, ..session() };
    for (session, need, roles, methods) in [
        (&alone, RolesNeed::SecondFactor, json!([]), json!(["pwd"])),
        (&alone, RolesNeed::Nothing, json!(["admin"]), json!(["pwd"])),
        (&session(), RolesNeed::SecondFactor, json!(["admin"]), json!(["pwd", "otp"])),
    ] {
        let issued = AccessTokens::new(key(), ISSUER, need).issue(&admin(), session, None, now()).unwrap();
        let claims = decoded(issued.expose_secret(), 1);
        assert_eq!((&claims["roles"], &claims["amr"]), (&roles, &methods), "{need:?}");
    }
    let removed = User { second_factor_since: None, ..admin() };
    let issued =
        AccessTokens::new(key(), ISSUER, RolesNeed::SecondFactor).issue(&removed, &session(), None, now());
    assert_eq!(
        decoded(issued.unwrap().expose_secret(), 1)["roles"],
        json!([]),
        "the second factor was removed"
    );
    assert!("anything".parse::<RolesNeed>().is_err());
    assert_eq!("second-factor".parse::<RolesNeed>().unwrap(), RolesNeed::SecondFactor);
}

#[test]
fn the_first_token_of_a_session_says_which_guest_the_user_was() {
    let guest = UserId::from_parts(0, 7);
    let tokens = AccessTokens::new(key(), ISSUER, RolesNeed::SecondFactor);
    let issued = tokens.issue(&admin(), &session(), Some(guest), now()).unwrap();
    assert_eq!(verify(issued.expose_secret()).unwrap().merges, Some(guest));
    assert_eq!(decoded(&good(), 1)["merge"], Value::Null, "the others do not");
}

#[test]
fn a_token_of_an_earlier_version_is_accepted() {
    let token = signed(|_, claims| {
        for name in ["amr", "auth_time"] {
            drop(claims.as_object_mut().unwrap().remove(name));
        }
    });
    assert!(verify(&token).is_ok());
}

#[test]
fn times_at_the_ends_of_the_range_are_refused() {
    for (name, value, refusal) in [
        ("nbf", i64::MAX, TokenRefusal::NotYetValid),
        ("exp", i64::MIN, TokenRefusal::Expired),
        ("exp", 0, TokenRefusal::Expired),
    ] {
        let refused = verify(&signed(|_, claims| claims[name] = json!(value)));
        assert!(
            refused == Err(refusal) || refused == Err(TokenRefusal::Invalid),
            "{name} {value}: {refused:?}"
        );
    }
}

#[test]
fn a_header_without_a_token_is_malformed() {
    let token = good();
    let five_parts = format!("{token}.a.b");
    for authorization in
        ["", "Bearer", "Bearer ", "Bearer a", "Bearer a.b", "Bearer ..", "Basic YTpi", &token]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("Bearer {five_parts}"), format!("Bearer {}", token.replace('.', " "))])
            .chain([format!("Bearer {}.e30.", encoded(&json!({}))), format!("Bearer {}", "é".repeat(50))])
    {
        assert_eq!(verify_header(&authorization, now()), Err(TokenRefusal::Malformed), "{authorization}");
    }
}

#[test]
fn debug_shows_no_token() {
    let token = AccessTokens::new(key(), ISSUER, RolesNeed::SecondFactor)
        .issue(&admin(), &session(), None, now())
        .unwrap();
    assert!(!format!("{token:?}").contains('.'));
}
