//! One AWS call: its caller, service and action.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};

use crate::credentials::{Credentials, FUNCTION_KEY};

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// A function, known by its own access key: its operation.
    Function(String),
    /// Any other access key, or none: the person at the laptop.
    Operator,
    /// A function that is still running although its laptop cloud was killed: its access key is no longer valid.
    LeftBehind,
    /// The event sources of a function, which act with its role: its operation.
    EventSource(String),
    /// The laptop cloud itself: provisioning and monitoring.
    Cloud,
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Function(operation) => f.write_str(operation),
            Self::EventSource(operation) => write!(f, "event sources of {operation}"),
            Self::Operator => f.write_str("operator"),
            Self::LeftBehind => f.write_str("function of an earlier run"),
            Self::Cloud => f.write_str("cloud"),
        }
    }
}

/// The AWS services that the endpoint serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB and DynamoDB Streams (both sign as `dynamodb`).
    DynamoDb,
    /// SQS.
    Sqs,
    /// SES (API version 1).
    Ses,
    /// S3.
    S3,
    /// Secrets Manager.
    SecretsManager,
    /// Lambda's Invoke API.
    Lambda,
    /// Any other, by its signing name.
    Other(String),
}

impl Service {
    /// The prefix of its IAM actions, which is also its signing name.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Ses => "ses",
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Lambda => "lambda",
            Self::Other(name) => name,
        }
    }

    fn from_signing_name(name: &str) -> Self {
        match name {
            "dynamodb" => Self::DynamoDb,
            "sqs" => Self::Sqs,
            "ses" | "email" => Self::Ses,
            "s3" => Self::S3,
            "secretsmanager" => Self::SecretsManager,
            "lambda" => Self::Lambda,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One AWS call, as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller.
    pub principal: Principal,
    /// The service.
    pub service: Service,
    /// The action's name: `PutItem`.
    pub action: String,
    /// The HTTP method.
    pub method: Method,
    /// The request target.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Call {
    /// Identifies the caller, service and action of a request.
    #[must_use]
    pub fn identify(credentials: &dyn Credentials, parts: Parts, body: Bytes) -> Self {
        let scope = Scope::of(&parts.headers).or_else(|| Scope::of_presigned(&parts.uri));
        let caller = scope.as_ref().and_then(|scope| credentials.secret(&scope.access_key_id));
        let principal = match (caller, &scope) {
            (Some(caller), _) => Principal::Function(caller.operation),
            (None, Some(scope)) if scope.access_key_id.starts_with(FUNCTION_KEY) => Principal::LeftBehind,
            (None, _) => Principal::Operator,
        };
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let service = match scope {
            Some(scope) => Service::from_signing_name(&scope.service),
            None => unsigned_service(&parts.uri, target),
        };
        let action = match service {
            Service::S3 => super::s3::action(&parts.method, &parts.uri, &parts.headers),
            _ => action(&service, &parts.uri, target, &body),
        };
        Self {
            principal,
            service,
            action,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        }
    }

    /// Whether the call is signed in its URL, which its signer has given to another process.
    #[must_use]
    pub fn is_presigned(&self) -> bool {
        self.uri.query().is_some_and(|query| query.contains("X-Amz-Signature="))
    }

    /// The IAM action: `dynamodb:PutItem`.
    #[must_use]
    pub fn iam_action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.action)
    }
}

/// The credential scope of a signature: `AKID/20260101/eu-west-1/dynamodb/aws4_request`.
struct Scope {
    access_key_id: String,
    service: String,
}

impl Scope {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let authorization = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
        Self::read(authorization.split("Credential=").nth(1)?.split([',', ' ']).next()?)
    }

    fn of_presigned(uri: &Uri) -> Option<Self> {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(uri.query()?).ok()?;
        let (_, credential) = query.into_iter().find(|(name, _)| name == "X-Amz-Credential")?;
        Self::read(&credential)
    }

    fn read(credential: &str) -> Option<Self> {
        let mut parts = credential.split('/');
        let access_key_id = parts.next()?.to_owned();
        let service = parts.nth(2)?.to_owned();
        Some(Self { access_key_id, service })
    }
}

/// Guesses the service of an unsigned request (`curl` to the Invoke API, for example).
fn unsigned_service(uri: &Uri, target: Option<&str>) -> Service {
    match target {
        Some(target) if target.starts_with("DynamoDB") => Service::DynamoDb,
        Some(target) if target.starts_with("AmazonSQS.") => Service::Sqs,
        Some(target) if target.starts_with("secretsmanager.") => Service::SecretsManager,
        Some(target) => Service::Other(target.split('.').next().unwrap_or_default().to_owned()),
        None if uri.path().starts_with("/2015-03-31/functions") => Service::Lambda,
        None => Service::Other("unknown".to_owned()),
    }
}

fn lambda_action(path: &str) -> &'static str {
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("invocations") => "InvokeFunction",
        Some("functions") => "ListFunctions",
        Some("configuration") => "GetFunctionConfiguration",
        _ => "GetFunction",
    }
}

fn action(service: &Service, uri: &Uri, target: Option<&str>, body: &[u8]) -> String {
    if let Some(action) = target.and_then(|target| target.rsplit('.').next()) {
        return action.to_owned();
    }
    match service {
        Service::Lambda => lambda_action(uri.path()).to_owned(),
        Service::Ses => form_value(body, "Action").unwrap_or_default(),
        _ => String::new(),
    }
}

/// A value of a form body (AWS's Query protocol).
pub(super) fn form_value(body: &[u8], name: &str) -> Option<String> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    fields.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}
