//! Secrets Manager: the embedded engine, with a file of the secrets' current values.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use rustack_secretsmanager_core::config::SecretsManagerConfig;
use rustack_secretsmanager_core::handler::RustackSecretsManagerHandler;
use rustack_secretsmanager_core::provider::RustackSecretsManager;
use rustack_secretsmanager_http::dispatch::dispatch_operation;
use rustack_secretsmanager_http::response::error_to_response;
use rustack_secretsmanager_model::operations::SecretsManagerOperation;
use serde_json::{Value, json};

use super::call::{Call, Service};
use super::response::{Response, collect, json_error};
use super::sqs::in_process;
use super::{Options, StartError};

/// Secrets Manager. Only the current version of a secret survives a restart.
#[derive(Debug)]
pub(super) struct Secrets {
    handler: RustackSecretsManagerHandler,
    values: Mutex<BTreeMap<String, String>>,
    file: Option<PathBuf>,
    /// Secret names by the ARN in the template, because the engine adds a random suffix to its ARNs.
    names: Mutex<BTreeMap<String, String>>,
}

impl Secrets {
    pub(super) async fn embedded(options: &Options) -> Result<Self, StartError> {
        let provider = RustackSecretsManager::new(SecretsManagerConfig {
            skip_signature_validation: true,
            default_region: options.region.clone(),
            default_account_id: options.account.clone(),
        });
        let file = options.data.as_deref().map(|directory| directory.join("secrets.json"));
        let values = match &file {
            Some(path) => read(path).map_err(|error| StartError::File(path.clone(), error))?,
            None => BTreeMap::new(),
        };
        let secrets = Self {
            handler: RustackSecretsManagerHandler::new(Arc::new(provider)),
            values: Mutex::new(values.clone()),
            file,
            names: Mutex::default(),
        };
        for (name, value) in values {
            let request = json!({ "Name": name, "SecretString": value });
            let call = in_process(Service::SecretsManager, "CreateSecret", &request, &options.region);
            let response = secrets.run(&call).await;
            if !response.status().is_success() {
                let reason = String::from_utf8_lossy(response.body()).into_owned();
                return Err(StartError::Engine("Secrets Manager", reason));
            }
        }
        Ok(secrets)
    }

    /// Registers a secret under its ARN in the template.
    pub(super) fn alias(&self, arn: &str, name: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(arn.to_owned(), name.to_owned());
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        let mut call = call.clone();
        let mut request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let name = request
            .get("SecretId")
            .and_then(Value::as_str)
            .and_then(|id| self.names.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned());
        if let Some(name) = name {
            request["SecretId"] = Value::from(name);
            call.body = request.to_string().into();
        }
        let response = self.run(&call).await;
        if response.status().is_success()
            && let Err(error) = self.keep(&call.action, &request, response.body())
        {
            tracing::error!(%error, "the secrets cannot be saved");
            return json_error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServiceError",
                "the secrets cannot be saved",
            );
        }
        response
    }

    async fn run(&self, call: &Call) -> Response {
        let Some(operation) = SecretsManagerOperation::from_name(&call.action) else {
            let message = format!("The embedded Secrets Manager does not support {}", call.action);
            return json_error(StatusCode::BAD_REQUEST, "UnknownOperationException", &message);
        };
        match dispatch_operation(&self.handler, operation, call.body.clone()).await {
            Ok(response) => collect(response).await,
            Err(error) => collect(error_to_response(&error, &uuid::Uuid::new_v4().to_string())).await,
        }
    }

    fn keep(&self, action: &str, request: &Value, answer: &[u8]) -> std::io::Result<()> {
        if !matches!(action, "CreateSecret" | "PutSecretValue" | "UpdateSecret" | "DeleteSecret") {
            return Ok(());
        }
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let Some(name) = answer.get("Name").and_then(Value::as_str) else { return Ok(()) };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        match request.get("SecretString").and_then(Value::as_str) {
            Some(value) => values.insert(name.to_owned(), value.to_owned()),
            None if action == "DeleteSecret" => values.remove(name),
            None => return Ok(()),
        };
        self.file.as_deref().map_or(Ok(()), |path| write(path, &values))
    }
}

fn read(path: &Path) -> std::io::Result<BTreeMap<String, String>> {
    match std::fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, values: &BTreeMap<String, String>) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(&partial)?.write_all(&serde_json::to_vec_pretty(values)?)?;
    std::fs::rename(partial, path)
}
