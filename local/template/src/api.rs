//! `AWS::Serverless::HttpApi`: its authorizers, CORS and throttling, and, once all functions are known, its routes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::build::{Draft, Origin, Scope};
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::function::RouteDraft;
use super::stack::Stack;
use model::deployment::{Api, Authorizer, Cors, Function, Route, RouteAuth, Throttling};

/// The name of IAM authorization, for an API and for a route.
const IAM: &str = "AWS_IAM";

/// An API before its routes are known.
#[derive(Debug)]
pub(super) struct ApiDraft {
    origin: Origin,
    api: Api,
    default_authorizer: Option<String>,
    iam: bool,
    /// The ARN of each authorizer's function.
    functions: BTreeMap<String, String>,
    /// `DefaultRouteSettings`.
    throttling: Option<Throttling>,
    /// `RouteSettings`, by route key.
    route_throttling: BTreeMap<String, Option<Throttling>>,
}

/// Reads one API.
pub(super) fn read(
    stack: &Stack<'_>,
    mut fields: Fields<'_>,
    draft: &mut Draft,
) -> Result<(), TemplateError> {
    fields.without_effect(&[
        "AccessLogSettings",
        "Description",
        "FailOnWarnings",
        "Name",
        "PropagateTags",
        "Tags",
    ]);
    fields.only("StageName", &["$default"])?;
    let origin = Origin { file: stack.file.clone(), place: fields.place().to_owned() };
    let mut read = ApiDraft {
        api: Api {
            id: stack.api_id(),
            service: stack.service.clone(),
            endpoint: stack.api_endpoint(fields.place())?,
            routes: Vec::new(),
            authorizers: BTreeMap::new(),
            cors: cors(&mut fields)?,
        },
        origin,
        default_authorizer: None,
        iam: false,
        functions: BTreeMap::new(),
        throttling: fields.object("DefaultRouteSettings")?.map(throttling).transpose()?.flatten(),
        route_throttling: route_throttling(&mut fields)?,
    };
    if let Some(auth) = fields.object("Auth")? {
        read_auth(auth, &mut read)?;
    }
    if let Some(other) = draft.apis.iter().find(|other| other.api.id == read.api.id) {
        let problem = Problem::Unsupported(format!(
            "{} is the API of {:?} already; a service has one",
            other.origin.place, stack.service
        ));
        return Err(fields.error(problem));
    }
    fields.finish()?;
    draft.apis.push(read);
    Ok(())
}

fn read_auth(mut auth: Fields<'_>, draft: &mut ApiDraft) -> Result<(), TemplateError> {
    draft.iam = auth.flag("EnableIamAuthorizer")?.unwrap_or(false);
    draft.default_authorizer = auth.text("DefaultAuthorizer")?;
    for (name, fields) in auth.named("Authorizers")? {
        let (authorizer, function) = authorizer(fields)?;
        draft.api.authorizers.insert(name.clone(), authorizer);
        draft.functions.insert(name, function);
    }
    auth.finish()
}

/// Reads an authorizer, whose operation is still unknown, and its function's ARN.
fn authorizer(mut fields: Fields<'_>) -> Result<(Authorizer, String), TemplateError> {
    let function = fields.required("FunctionArn")?;
    // The laptop grants the API permission to invoke the function without these properties.
    fields.without_effect(&["EnableFunctionDefaultPermissions", "FunctionInvokeRole"]);
    fields.only("AuthorizerPayloadFormatVersion", &["2.0", "2"])?;
    if fields.flag("EnableSimpleResponses")? != Some(true) {
        let problem = Problem::Unsupported("must be true; policy responses cannot be run here".to_owned());
        return Err(fields.error_at("EnableSimpleResponses", problem));
    }
    let (mut headers, mut every) = (Vec::new(), None);
    if let Some(mut identity) = fields.object("Identity")? {
        headers = identity.texts("Headers")?.iter().map(|name| name.to_ascii_lowercase()).collect();
        every = identity.within("ReauthorizeEvery", 0..=3600)?;
        identity.finish()?;
    }
    // API Gateway's default is five minutes. It caches nothing without an identity source.
    let ttl = every.unwrap_or(if headers.is_empty() { 0 } else { 300 });
    if ttl > 0 && headers.is_empty() {
        let problem =
            Problem::Missing("Headers, which the cache is keyed by, for ReauthorizeEvery".to_owned());
        return Err(fields.error_at("Identity", problem));
    }
    fields.finish()?;
    let ttl = Duration::from_secs(u64::from(ttl));
    Ok((Authorizer { operation: String::new(), identity_headers: headers, ttl }, function))
}

/// A mapping, `true` (any origin) or one origin.
fn cors(fields: &mut Fields<'_>) -> Result<Option<Cors>, TemplateError> {
    let any = |origin: &str| Cors { origins: vec![origin.to_owned()], ..Cors::default() };
    match fields.value("CorsConfiguration") {
        None | Some(serde_json::Value::Bool(false)) => Ok(None),
        Some(serde_json::Value::Bool(true)) => Ok(Some(any("*"))),
        Some(serde_json::Value::String(origin)) => Ok(Some(any(origin.trim_matches('\'')))),
        Some(other) => {
            let place = format!("{}.CorsConfiguration", fields.place());
            let mut given = fields.sibling(place, other)?;
            let cors = Cors {
                origins: given.texts("AllowOrigins")?,
                methods: given.texts("AllowMethods")?,
                headers: given.texts("AllowHeaders")?,
                expose: given.texts("ExposeHeaders")?,
                max_age: given.within("MaxAge", 0..=86_400)?,
                credentials: given.flag("AllowCredentials")?.unwrap_or(false),
            };
            if cors.credentials && cors.origins.iter().any(|origin| origin == "*") {
                let problem = Problem::Invalid("AllowCredentials needs origins other than *".to_owned());
                return Err(given.error(problem));
            }
            given.finish()?;
            Ok(Some(cors))
        }
    }
}

fn route_throttling(fields: &mut Fields<'_>) -> Result<BTreeMap<String, Option<Throttling>>, TemplateError> {
    let routes = fields.named("RouteSettings")?.into_iter();
    routes.map(|(key, settings)| Ok((key, throttling(settings)?))).collect()
}

fn throttling(mut settings: Fields<'_>) -> Result<Option<Throttling>, TemplateError> {
    settings.without_effect(&["DetailedMetricsEnabled"]);
    let burst = settings.within("ThrottlingBurstLimit", 0..=u32::MAX)?;
    let rate = settings.float("ThrottlingRateLimit")?;
    let throttling = match (burst, rate) {
        (None, None) => None,
        (Some(burst), Some(rate)) if rate >= 0.0 => Some(Throttling { burst, rate }),
        _ => {
            let problem =
                Problem::Missing("ThrottlingBurstLimit together with ThrottlingRateLimit".to_owned());
            return Err(settings.error(problem));
        }
    };
    settings.finish()?;
    Ok(throttling)
}

/// Gives each API its routes and each authorizer its operation.
pub(super) fn link(draft: &mut Draft, scope: Scope) -> Result<(), TemplateError> {
    let Draft { apis, routes, deployment, .. } = draft;
    for api in apis.iter_mut() {
        for (name, authorizer) in &mut api.api.authorizers {
            let arn = api.functions.get(name).map(String::as_str).unwrap_or_default();
            authorizer.operation = operation_of(arn, &deployment.functions, scope).ok_or_else(|| {
                let known = deployment.functions.iter().map(|function| function.arn.as_str());
                api.origin.error(Problem::unknown("the authorizer's function", arn, known))
            })?;
        }
    }
    for route in routes.drain(..) {
        let known: Vec<String> = apis.iter().map(|api| api.api.id.clone()).collect();
        let Some(api) = apis.iter_mut().find(|api| api.api.id == route.api_id) else {
            let known = known.iter().map(String::as_str);
            return Err(route.origin.error(Problem::unknown("the API", &route.api_id, known)));
        };
        let auth = route_auth(api, &route)?;
        let RouteDraft { method, path, operation, .. } = route;
        let own = api.route_throttling.get(&route_key(&method, &path)).copied().flatten();
        let throttling = own.or(api.throttling);
        api.api.routes.push(Route { method, path, operation, auth, throttling });
    }
    for api in apis.drain(..) {
        check_routes(&api)?;
        deployment.apis.push(api.api);
    }
    Ok(())
}

/// Returns the operation of a function's ARN, which may name a version or an alias. A service that is read alone may
/// have its authorizer elsewhere; the function's name is used then.
fn operation_of(arn: &str, functions: &[Function], scope: Scope) -> Option<String> {
    let found = functions.iter().find(|function| {
        arn.strip_prefix(&function.arn).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    });
    match (found, scope) {
        (Some(function), _) => Some(function.operation.clone()),
        (None, Scope::Service) => arn.split(':').nth(6).or(Some(arn)).map(str::to_owned),
        (None, Scope::Whole) => None,
    }
}

fn route_auth(api: &ApiDraft, route: &RouteDraft) -> Result<RouteAuth, TemplateError> {
    match route.authorizer.as_deref().or(api.default_authorizer.as_deref()) {
        None | Some("NONE") => Ok(RouteAuth::None),
        Some(IAM) if api.iam => Ok(RouteAuth::Iam),
        Some(IAM) => {
            let problem =
                Problem::Missing(format!("EnableIamAuthorizer: true in the Auth of {}", api.origin.place));
            Err(route.origin.error(problem))
        }
        Some(name) if api.api.authorizers.contains_key(name) => Ok(RouteAuth::Lambda(name.to_owned())),
        Some(name) => {
            let known = api.api.authorizers.keys().map(String::as_str).chain(["NONE", IAM]);
            Err(route.origin.error(Problem::unknown("the authorizer", name, known)))
        }
    }
}

fn check_routes(api: &ApiDraft) -> Result<(), TemplateError> {
    let mut seen = BTreeSet::new();
    for route in &api.api.routes {
        if !seen.insert((&route.method, &route.path)) {
            let problem =
                Problem::Invalid(format!("two functions have the route {} {}", route.method, route.path));
            return Err(api.origin.error(problem));
        }
    }
    // API Gateway refuses settings of a route that does not exist.
    let keys: BTreeSet<String> = seen.iter().map(|(method, path)| route_key(method, path)).collect();
    match api.route_throttling.keys().find(|key| !keys.contains(*key)) {
        Some(key) => {
            let known = keys.iter().map(String::as_str);
            Err(api.origin.error(Problem::unknown("the route in RouteSettings", key, known)))
        }
        None => Ok(()),
    }
}

fn route_key(method: &str, path: &str) -> String {
    if path == "$default" { path.to_owned() } else { format!("{method} {path}") }
}
