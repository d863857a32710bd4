//! `GET /.well-known/jwks.json`.

use edge::{Anyone, Call, NoBody};
use users::keys::get_jwks;

use crate::{Service, now};

#[tokio::test]
async fn the_key_set_holds_the_public_half_only() {
    let service = Service::start().await;
    let reply = get_jwks(service.users.clone(), Call::new(Anyone, NoBody, now())).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "keys": [
        {
          "use": "sig",
          "alg": "EdDSA",
          "kid": "6l6_xfTHlKsXKT9kD-J0j72mXNPCSW7sA_e-384aitA",
          "kty": "OKP",
          "crv": "Ed25519",
          "x": "5rt6lWyBxk4RZKt76ULW9_LwCNXASrBDummOE9LBsy4"
        }
      ]
    }
    "#);
}
