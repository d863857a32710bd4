//! Matches a request to a route. In order of precedence: exact segments, `{name}`, `{proxy+}`, `$default`; and the
//! request's method before `ANY`.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use matchit::Router;
use percent_encoding::percent_decode_str;

use super::GatewayError;
use model::deployment::{Api, Route};

/// An API's routes.
#[derive(Debug)]
pub(super) struct Routes {
    routes: Vec<Route>,
    /// The matching paths for each method that a route names. The values are indices.
    by_method: BTreeMap<String, Paths>,
    /// The matching paths for every other method.
    any: Paths,
    default: Option<usize>,
}

/// Paths without and with `{proxy+}`. API Gateway tries the latter only if none of the former matches.
#[derive(Debug, Default)]
struct Paths {
    full: Router<usize>,
    greedy: Router<usize>,
}

/// The route of a request.
#[derive(Debug)]
pub(super) struct Found<'r> {
    pub route: &'r Route,
    /// Its index among the API's routes.
    pub index: usize,
    /// The decoded values of the path's placeholders.
    pub parameters: BTreeMap<String, String>,
}

impl Found<'_> {
    /// Returns the route key: `GET /orders/{order_id}`, or `$default`.
    pub(super) fn key(&self) -> String {
        match self.route.path.as_str() {
            "$default" => "$default".to_owned(),
            path => format!("{} {path}", self.route.method),
        }
    }
}

impl Routes {
    pub(super) fn new(api: &Api) -> Result<Self, GatewayError> {
        let named: BTreeSet<&str> =
            api.routes.iter().map(|route| route.method.as_str()).filter(|method| *method != "ANY").collect();
        let mut by_method = BTreeMap::new();
        for method in named {
            by_method.insert(method.to_owned(), paths(api, Some(method))?);
        }
        Ok(Self {
            any: paths(api, None)?,
            by_method,
            default: api.routes.iter().position(|route| route.path == "$default"),
            routes: api.routes.clone(),
        })
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        let paths = self.by_method.get(method.as_str()).unwrap_or(&self.any);
        let (index, parameters) = match paths.full.at(path).or_else(|_| paths.greedy.at(path)) {
            Ok(found) => {
                let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
                let parameters = found.params.iter().map(|(name, value)| (name.to_owned(), decode(value)));
                (*found.value, parameters.collect())
            }
            Err(_) => (self.default?, BTreeMap::new()),
        };
        Some(Found { route: self.routes.get(index)?, index, parameters })
    }
}

/// Returns the paths for a method: its own, and those of `ANY` that it does not override.
fn paths(api: &Api, method: Option<&str>) -> Result<Paths, GatewayError> {
    let mut paths = Paths::default();
    let is_own = |route: &Route| Some(route.method.as_str()) == method;
    for (index, route) in api.routes.iter().enumerate().filter(|(_, route)| route.path != "$default") {
        let overridden = api.routes.iter().any(|other| is_own(other) && other.path == route.path);
        if is_own(route) || (route.method == "ANY" && !overridden) {
            let inserted = match route.path.strip_suffix("+}").and_then(|path| path.rsplit_once("/{")) {
                // The router spells `{proxy+}` as `{*proxy}`.
                Some((before, name)) => paths.greedy.insert(format!("{before}/{{*{name}}}"), index),
                None => paths.full.insert(route.path.as_str(), index),
            };
            inserted.map_err(|source| GatewayError::Route {
                api: api.id.clone(),
                method: route.method.clone(),
                path: route.path.clone(),
                source,
            })?;
        }
    }
    Ok(paths)
}
