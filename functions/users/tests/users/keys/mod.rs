mod get_jwks;
