mod get_discovery;
mod get_jwks;
mod rotate_signing_key;
