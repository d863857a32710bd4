mod get_discovery;
mod get_jwks;
