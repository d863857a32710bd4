//! A denied call: AWS's own error for it, and the log line that names the missing statement.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::statement::LEADING_KEYS;
use serde_json::json;

use crate::aws::{Response, Service, build, s3_error, xml_error};

/// Why a right is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No statement of the function's policies allows it.
    NotAllowed,
    /// This statement of the policies denies it.
    Denied(String),
    /// The policies allow it, but the function's permissions boundary does not.
    OutsideBoundary,
}

/// A right that a function lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// The function's operation.
    pub function: String,
    /// The IAM action: `dynamodb:PutItem`.
    pub action: String,
    /// The resource's ARN.
    pub resource: Box<str>,
    /// The partition keys of the rows, if the call names rows.
    pub rows: Box<[String]>,
    /// Why the function lacks it.
    pub reason: Reason,
    /// The caller as AWS names it: the session of the function's role.
    pub user: Box<str>,
}

impl Denial {
    /// The missing statement, as it would be written in the template.
    #[must_use]
    pub fn missing(&self) -> String {
        let statement = format!("Effect: Allow, Action: {}, Resource: {}", self.action, self.resource);
        // Ids and addresses have no place in a policy.
        let kind =
            |row: &String| row.split_once('#').map_or_else(|| row.clone(), |(kind, _)| format!("{kind}#*"));
        let kinds: BTreeSet<String> = self.rows.iter().filter(|row| !row.is_empty()).map(kind).collect();
        if kinds.is_empty() {
            return statement;
        }
        format!("{statement}, {LEADING_KEYS}: {}", kinds.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Formats the missing right and its place on one line.
    pub fn log(&self) {
        let Self { function, .. } = self;
        let missing = self.missing();
        match &self.reason {
            Reason::NotAllowed => tracing::error!(function, missing, "access denied: add the statement"),
            Reason::Denied(statement) => {
                tracing::error!(function, denied_by = statement, "access denied by a statement")
            }
            Reason::OutsideBoundary => {
                tracing::error!(function, missing, "access denied by the function's permissions boundary")
            }
        }
    }

    /// AWS's error message.
    #[must_use]
    pub fn message(&self) -> String {
        self.worded(&self.action)
    }

    fn worded(&self, action: &str) -> String {
        let Self { user, resource, .. } = self;
        let because = match self.reason {
            Reason::NotAllowed => format!("because no identity-based policy allows the {action} action"),
            Reason::Denied(_) => "with an explicit deny in an identity-based policy".to_owned(),
            Reason::OutsideBoundary => format!("because no permissions boundary allows the {action} action"),
        };
        format!("User: {user} is not authorized to perform: {action} on resource: {resource} {because}")
    }

    /// The service's error.
    pub fn response(&self, service: &Service) -> Response {
        match service {
            Service::Sqs => {
                // SQS writes its actions in lower case here; the header is for clients that know the older protocol.
                let mut response = json_denial(
                    StatusCode::FORBIDDEN,
                    "com.amazonaws.sqs#AccessDenied",
                    &self.worded(&self.action.to_ascii_lowercase()),
                );
                let code = HeaderValue::from_static("AccessDenied;Sender");
                response.headers_mut().insert("x-amzn-query-error", code);
                response
            }
            Service::Ses => {
                let Self { user, action, resource, .. } = self;
                let message =
                    format!("User `{user}' is not authorized to perform `{action}' on resource `{resource}'");
                xml_error(StatusCode::FORBIDDEN, "AccessDenied", &message)
            }
            Service::S3 => s3_error(StatusCode::FORBIDDEN, "AccessDenied", &self.message()),
            Service::Lambda => json_denial(StatusCode::FORBIDDEN, "AccessDeniedException", &self.message()),
            Service::DynamoDb | Service::SecretsManager | Service::Other(_) => json_denial(
                StatusCode::BAD_REQUEST,
                "com.amazon.coral.service#AccessDeniedException",
                &self.message(),
            ),
        }
    }
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { function, .. } = self;
        match &self.reason {
            Reason::NotAllowed => write!(f, "{function} lacks a statement: {}", self.missing()),
            Reason::Denied(statement) => write!(f, "{function} is denied by a statement: {statement}"),
            Reason::OutsideBoundary => {
                write!(f, "{function}'s boundary lacks a statement: {}", self.missing())
            }
        }
    }
}

fn json_denial(status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = json!({ "__type": code, "Message": message, "message": message }).to_string();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    let plain = code.rsplit('#').next().unwrap_or(code);
    headers.insert("x-amzn-errortype", HeaderValue::from_static(plain));
    build(status, headers, body.into())
}
