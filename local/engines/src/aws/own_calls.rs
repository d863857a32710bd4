//! Calls made by the laptop cloud, with its own or with a function's rights.

use serde_json::Value;

use super::call::{Call, Principal, Service};
use super::endpoint::Endpoint;
use super::response::Response;
use super::sqs::{in_process, send_request};

/// A call was rejected.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{action}: {code}: {message}")]
pub struct CallError {
    /// The action.
    pub action: String,
    /// The error's code: `ResourceNotFoundException`.
    pub code: String,
    /// The error's message.
    pub message: String,
}

impl CallError {
    fn read(action: &str, response: &Response) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let status = response.status();
        let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(*name)?.as_str());
        let code = text(["__type", "code"]).unwrap_or(status.as_str());
        Self {
            action: action.to_owned(),
            code: code.rsplit('#').next().unwrap_or(code).to_owned(),
            message: text(["message", "Message"]).unwrap_or_default().to_owned(),
        }
    }
}

impl Endpoint {
    /// Makes a call as the laptop cloud.
    ///
    /// # Errors
    /// The engine rejects it.
    pub async fn call(&self, service: Service, action: &str, request: &Value) -> Result<Value, CallError> {
        self.call_as(Principal::Cloud, service, action, request).await
    }

    /// Makes a call as another principal, such as a function's event sources, which have the function's rights.
    ///
    /// # Errors
    /// The principal lacks the right, or the engine rejects the call.
    pub async fn call_as(
        &self,
        principal: Principal,
        service: Service,
        action: &str,
        request: &Value,
    ) -> Result<Value, CallError> {
        let call = Call { principal, ..in_process(service, action, request, self.region()) };
        let response = self.handle(call).await;
        if response.status().is_success() {
            return Ok(serde_json::from_slice(response.body()).unwrap_or_default());
        }
        Err(CallError::read(action, &response))
    }

    /// Checks whether a principal may make a call, without making it.
    ///
    /// # Errors
    /// The refusal that the call would get.
    pub fn may(
        &self,
        principal: Principal,
        service: Service,
        action: &str,
        request: &Value,
    ) -> Result<(), CallError> {
        let Some(policies) = self.policies() else { return Ok(()) };
        let call = Call { principal, ..in_process(service, action, request, self.region()) };
        policies.check(&call).map_err(|denial| CallError::read(action, &denial.response(&call.service)))
    }

    /// Sends a message to a queue, by its ARN or name.
    ///
    /// # Errors
    /// The queue does not exist, or it rejects the message.
    pub async fn send_message(&self, arn_or_name: &str, body: &str) -> Result<(), CallError> {
        self.send_message_as(Principal::Cloud, arn_or_name, body).await
    }

    /// Sends a message as another principal.
    ///
    /// # Errors
    /// As for [`Self::send_message`], or the principal lacks the right.
    pub async fn send_message_as(
        &self,
        principal: Principal,
        arn_or_name: &str,
        body: &str,
    ) -> Result<(), CallError> {
        let request = send_request(&self.queue_url(arn_or_name), body);
        self.call_as(principal, Service::Sqs, "SendMessage", &request).await.map(drop)
    }
}
