//! The environment variables that Lambda sets for a function.

use std::collections::BTreeMap;
use std::path::Path;

use engines::credentials::Caller;
use model::deployment::Function;

/// Returns all variables of a function's processes, except `AWS_LAMBDA_RUNTIME_API`, which differs for each process.
pub(super) fn of(
    function: &Function,
    caller: Option<&Caller>,
    endpoint_url: &str,
    region: &str,
    binaries: &Path,
) -> BTreeMap<String, String> {
    let stream = format!("laptop/[$LATEST]{}", function.operation);
    let group = format!("/aws/lambda/{}", function.name);
    let memory = function.memory_mb.to_string();
    let task_root = binaries.display().to_string();
    let fixed = [
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ENDPOINT_URL", endpoint_url),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &stream),
        ("AWS_REGION", region),
        ("LAMBDA_TASK_ROOT", &task_root),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ];
    let credentials = caller.into_iter().flat_map(|caller| {
        [
            ("AWS_ACCESS_KEY_ID", caller.access_key_id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", caller.secret_access_key.as_str()),
            ("AWS_SESSION_TOKEN", caller.session_token.as_str()),
        ]
    });
    let given = fixed.into_iter().chain(credentials).map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Lambda reserves its own names, so they override the template's.
    function.environment.clone().into_iter().chain(given).collect()
}
