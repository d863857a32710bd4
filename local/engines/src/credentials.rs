//! Every function has its own AWS credentials, so that the receiver of a call knows which function made it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hkdf::Hkdf;
use sha2::Sha256;

use model::deployment::Function;

/// The owner of an access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The operation that the credentials were given to.
    pub operation: String,
    /// The role that the function runs as.
    pub role_arn: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: String,
}

// By hand, so that no log line ever holds a secret.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller")
            .field("operation", &self.operation)
            .field("role_arn", &self.role_arn)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Looks up the owner of an access key.
pub trait Credentials: Send + Sync {
    /// Returns the owner of `access_key_id`, with the secret that verifies its signatures.
    fn secret(&self, access_key_id: &str) -> Option<Caller>;
}

/// One credential set per function, derived from one seed: the same seed gives the same credentials.
#[derive(Debug, Clone, Default)]
pub struct FunctionCredentials {
    by_access_key: BTreeMap<String, Caller>,
    access_key_of: BTreeMap<String, String>,
}

impl FunctionCredentials {
    /// Derives each function's credentials. Each run of the laptop cloud draws a new seed; tests fix it.
    #[must_use]
    pub fn new(functions: &[Function], seed: &[u8; 32]) -> Self {
        let mut all = Self::default();
        for function in functions {
            let caller = derive(function, seed);
            all.access_key_of.insert(caller.operation.clone(), caller.access_key_id.clone());
            all.by_access_key.insert(caller.access_key_id.clone(), caller);
        }
        all
    }

    /// The credentials of one operation.
    #[must_use]
    pub fn of(&self, operation: &str) -> Option<&Caller> {
        self.by_access_key.get(self.access_key_of.get(operation)?)
    }
}

impl Credentials for FunctionCredentials {
    fn secret(&self, access_key_id: &str) -> Option<Caller> {
        self.by_access_key.get(access_key_id).cloned()
    }
}

fn derive(function: &Function, seed: &[u8; 32]) -> Caller {
    Caller {
        operation: function.operation.clone(),
        role_arn: role_arn(function),
        access_key_id: access_key_id(&expand(seed, "access key", &function.operation)),
        secret_access_key: BASE64.encode(&expand(seed, "secret key", &function.operation)[..30]),
        session_token: BASE64.encode(expand(seed, "session token", &function.operation)),
    }
}

/// Derives 48 bytes that depend only on the seed, the purpose and the operation.
fn expand(seed: &[u8; 32], purpose: &str, operation: &str) -> [u8; 48] {
    let mut bytes = [0_u8; 48];
    // HKDF fails only for more than 255 hashes' worth of output; 48 bytes are two.
    if Hkdf::<Sha256>::new(None, seed)
        .expand_multi_info(&[purpose.as_bytes(), b"\0", operation.as_bytes()], &mut bytes)
        .is_err()
    {
        unreachable!("48 bytes are within HKDF's limit");
    }
    bytes
}

/// The prefix of functions' access keys. `ASIA` marks temporary credentials, which a function's are. The rest
/// distinguishes a function left running by an earlier run from a person at the laptop with their own temporary
/// credentials.
pub const FUNCTION_KEY: &str = "ASIABODEGA";

/// Twenty letters and digits, as AWS's are.
fn access_key_id(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = bytes.iter().take(10).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    FUNCTION_KEY.chars().chain(letters).collect()
}

/// The role has the function's name: SAM creates one role per function.
fn role_arn(function: &Function) -> String {
    let account = function.arn.split(':').nth(4).unwrap_or_default();
    format!("arn:aws:iam::{account}:role/{}", function.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(operation: &str) -> Function {
        Function {
            operation: operation.to_owned(),
            binary: operation.to_owned(),
            service: "orders".to_owned(),
            logical_id: "AFunction".to_owned(),
            name: operation.to_owned(),
            arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{operation}"),
            environment: BTreeMap::new(),
            timeout: std::time::Duration::from_secs(3),
            memory_mb: 128,
            concurrency: None,
            async_retries: 2,
            sources: Vec::new(),
            policies: Vec::new(),
            boundary: None,
        }
    }

    #[test]
    fn each_function_has_its_own_credentials_which_depend_on_the_seed() {
        let functions = [function("place-order"), function("get-order")];
        let all = FunctionCredentials::new(&functions, &[7; 32]);
        let place = all.of("place-order").unwrap().clone();
        let get = all.of("get-order").unwrap();
        assert_ne!(place.access_key_id, get.access_key_id);
        assert_ne!(place.secret_access_key, get.secret_access_key);
        assert_eq!(place.access_key_id.len(), 20);
        assert_eq!(place.secret_access_key.len(), 40);
        assert_eq!(place.role_arn, "arn:aws:iam::123456789012:role/place-order");
        assert_eq!(all.secret(&place.access_key_id), Some(place.clone()));
        assert_eq!(all.secret("ASIANOBODY"), None);
        assert_eq!(FunctionCredentials::new(&functions, &[7; 32]).of("place-order"), Some(&place));
        assert_ne!(FunctionCredentials::new(&functions, &[8; 32]).of("place-order"), Some(&place));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let all = FunctionCredentials::new(&[function("place-order")], &[7; 32]);
        let place = all.of("place-order").unwrap();
        let printed = format!("{all:?} {place:?}");
        assert!(!printed.contains(&place.secret_access_key));
        assert!(!printed.contains(&place.session_token));
    }
}
