//! `GET /.well-known/openid-configuration`.

use edge::{Anyone, Call, NoBody};
use users::keys::get_discovery;
use users::keys::get_discovery::Issuer;

use crate::now;

#[tokio::test]
async fn it_names_the_keys_and_no_authorization_endpoint() {
    let issuer = Issuer("https://bodega.example".into());
    let reply = get_discovery(issuer, Call::new(Anyone, NoBody, now())).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "issuer": "https://bodega.example",
      "jwks_uri": "https://bodega.example/.well-known/jwks.json",
      "token_endpoint": "https://bodega.example/sessions",
      "response_types_supported": [],
      "subject_types_supported": [
        "public"
      ],
      "id_token_signing_alg_values_supported": [
        "EdDSA"
      ],
      "token_endpoint_auth_methods_supported": [
        "none"
      ]
    }
    "#);
}
