//! The routes of the services' APIs, from the templates as the laptop reads them.

use std::collections::BTreeMap;

use model::deployment::{Deployment, RouteAuth};

use crate::shop::root;

/// A route.
#[derive(Debug, Clone)]
pub struct Route {
    /// The service.
    pub service: String,
    /// The method.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// The operation.
    pub operation: String,
    /// What the gateway asks of the caller.
    pub auth: RouteAuth,
}

/// The deployment that the templates describe.
#[must_use]
pub fn deployment() -> Deployment {
    let site = template::Site {
        region: "eu-west-1".to_owned(),
        account: "000000000000".to_owned(),
        stack_name: "bodega".to_owned(),
        aws_endpoint: "http://127.0.0.1".to_owned(),
        front_door_url: "http://127.0.0.1".to_owned(),
        api_endpoints: Box::new(|service| Some(format!("http://{service}.local"))),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
    };
    template::load(root(), &site).expect("the templates are right")
}

/// All routes, sorted by service, path and method.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for api in deployment().apis {
        routes.extend(api.routes.into_iter().map(|route| Route {
            service: api.service.clone(),
            method: route.method,
            path: route.path,
            operation: route.operation,
            auth: route.auth,
        }));
    }
    routes.sort_by(|a, b| (&a.service, &a.path, &a.method).cmp(&(&b.service, &b.path, &b.method)));
    routes
}
