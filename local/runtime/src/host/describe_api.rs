//! Lambda's ListFunctions and GetFunction, for `aws lambda list-functions` and tools that look up a function before
//! they invoke it.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::Host;
use super::invoke_api::{PREFIX, refused};
use engines::aws::{Call, Response, build};
use model::deployment::Function;
use model::invoke::InvokeError;

impl Host {
    /// Serves ListFunctions, GetFunction and GetFunctionConfiguration.
    pub(super) fn describe(&self, call: &Call) -> Result<Response, Box<Response>> {
        let path = call.uri.path();
        if path == PREFIX || path == PREFIX.trim_end_matches('/') {
            let all: Vec<Value> = self.functions().map(configuration).collect();
            return Ok(answer(&json!({ "Functions": all })));
        }
        let Some(name) = path.trim_end_matches('/').strip_prefix(PREFIX) else {
            return Err(refused(&InvokeError::NoSuchFunction(path.to_owned())));
        };
        let (name, alone) =
            name.strip_suffix("/configuration").map_or((name, false), |function| (function, true));
        let name = name.replace("%3A", ":").replace("%3a", ":");
        let Some(function) = self.function(&name) else {
            return Err(refused(&InvokeError::NoSuchFunction(name)));
        };
        let configuration = configuration(function);
        Ok(answer(&if alone { configuration } else { json!({ "Configuration": configuration }) }))
    }
}

fn answer(body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]);
    build(StatusCode::OK, headers, body.to_string().into())
}

fn configuration(function: &Function) -> Value {
    json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "PackageType": "Zip",
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Timeout": function.timeout.as_secs(),
        "MemorySize": function.memory_mb,
        "Environment": { "Variables": function.environment },
    })
}
