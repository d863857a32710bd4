//! What invokes a new operation, held against what the templates have.

use std::collections::BTreeMap;
use std::path::Path;

use model::deployment::{Deployment, Source};
use runtime::sources;
use template::{Site, TemplateError};

use super::arguments::{Role, Trigger};
use super::names::{Names, pascal};
use super::route::Route;

/// Why an operation cannot be invoked so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    /// Nothing invokes it.
    #[error(
        "nothing invokes the operation: name its route, as in PATCH /products/{{product_id}}, or --queue or --schedule"
    )]
    None,
    /// More than one thing does.
    #[error("an operation has a route, a queue or a schedule, and only one of them")]
    Several,
    /// A role for what nobody calls.
    #[error("--role says who may call a route; a queue and a schedule have no caller")]
    RoleWithoutRoute,
    /// The method is not one that a route can have.
    #[error("{0:?} is not a method; use GET, POST, PUT, PATCH or DELETE")]
    Method(String),
    /// The path of the route is not valid.
    #[error("{0:?} is not the path of a route, as in /products/{{product_id}}")]
    Path(String),
    /// An internal route for others, or the other way round.
    #[error("routes for services are below /internal/, and no others are")]
    Internal,
    /// The service has no API.
    #[error("{0} has no API that a route could belong to; its operations have a queue or a schedule")]
    NoApi(String),
    /// Another operation has the route.
    #[error("{route} is the route of {operation} already")]
    RouteTaken {
        /// The route.
        route: String,
        /// Its operation.
        operation: String,
    },
    /// No such queue.
    #[error(
        "there is no queue {queue:?}; those between the services are {known}. Add it to QueueNames and the lists of queues in \
         template.yaml first: CONTRIBUTING.md has the steps under \"Queues and schedules\""
    )]
    NoQueue {
        /// What was asked for.
        queue: String,
        /// Those that there are.
        known: String,
    },
    /// The queue has a consumer.
    #[error(
        "{consumer} consumes {queue} already, and each message goes to one consumer only. Handle the event there, or add a \
         queue of its own first: CONTRIBUTING.md has the steps under \"Queues and schedules\""
    )]
    QueueTaken {
        /// The queue.
        queue: String,
        /// Its consumer.
        consumer: String,
    },
    /// The expression is not EventBridge's.
    #[error("{0}; a schedule is rate(1 day), rate(5 minutes) or cron(0 3 * * ? *), in UTC")]
    Schedule(String),
}

/// What invokes an operation, once it is known to be possible.
#[derive(Debug)]
pub(super) enum Invoker {
    Route(Route),
    Queue(String),
    Schedule(String),
}

impl Invoker {
    pub(super) fn of(
        trigger: &Trigger,
        names: &Names,
        deployment: &Deployment,
    ) -> Result<Self, TriggerError> {
        match trigger {
            Trigger::Route { method, path, role } => route(method, path, *role, names, deployment),
            Trigger::Queue(name) => queue(name, deployment),
            Trigger::Schedule(expression) => match sources::check_schedule(expression) {
                Ok(()) => Ok(Self::Schedule(expression.trim().to_owned())),
                Err(reason) => Err(TriggerError::Schedule(reason)),
            },
        }
    }

    /// The module of the edge whose `run` its binary calls.
    pub(super) fn runner(&self) -> &'static str {
        match self {
            Self::Route(_) => "http",
            Self::Queue(_) => "queue",
            Self::Schedule(_) => "schedule",
        }
    }

    /// The name of its event in the template.
    pub(super) fn event(&self) -> String {
        match self {
            Self::Route(_) => "Api".to_owned(),
            Self::Queue(name) => pascal(name),
            // `EveryDay`, `Every5Minutes`.
            Self::Schedule(expression) => {
                let rate = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
                match rate.and_then(|rate| rate.split_once(' ')) {
                    Some(("1", unit)) => format!("Every{}", pascal(unit)),
                    Some((number, unit)) => format!("Every{number}{}", pascal(unit)),
                    None => "Schedule".to_owned(),
                }
            }
        }
    }
}

fn route(
    method: &str,
    path: &str,
    role: Role,
    names: &Names,
    deployment: &Deployment,
) -> Result<Invoker, TriggerError> {
    let route = Route::of(method, path, role)?;
    let mut apis = deployment.apis.iter().filter(|api| api.service == names.service);
    let api = apis.next().ok_or_else(|| TriggerError::NoApi(names.service.clone()))?;
    let taken = api.routes.iter().find(|found| found.method == route.method && found.path == route.path);
    match taken {
        Some(taken) => {
            Err(TriggerError::RouteTaken { route: route.key(), operation: taken.operation.clone() })
        }
        None => Ok(Invoker::Route(route)),
    }
}

fn queue(wanted: &str, deployment: &Deployment) -> Result<Invoker, TriggerError> {
    // Behind the names of the stack and the stage. The other queues keep what has failed, for people.
    let named = deployment.queues.iter().filter_map(|queue| Some((queue.name.split_once("-dev-")?.1, queue)));
    let between: Vec<_> = named
        .filter(|(name, _)| !name.ends_with("-dead-letters") && !name.ends_with("-outbox-failures"))
        .collect();
    let Some((_, found)) = between.iter().find(|(name, _)| *name == wanted) else {
        let known = between.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(TriggerError::NoQueue { queue: wanted.to_owned(), known });
    };
    let consumer = deployment.functions.iter().find(|function| {
        let mut sources = function.sources.iter();
        sources.any(|source| matches!(source, Source::Queue(queue) if queue.queue_arn == found.arn))
    });
    match consumer {
        Some(consumer) => {
            Err(TriggerError::QueueTaken { queue: wanted.to_owned(), consumer: consumer.operation.clone() })
        }
        None => Ok(Invoker::Queue(wanted.to_owned())),
    }
}

/// What the templates describe now.
pub(super) fn deployment(root: &Path) -> Result<Deployment, TemplateError> {
    let site = Site {
        region: "eu-west-1".to_owned(),
        account: "000000000000".to_owned(),
        stack_name: runtime::cloud::STACK.to_owned(),
        aws_endpoint: "http://127.0.0.1".to_owned(),
        front_door_url: "http://127.0.0.1".to_owned(),
        api_endpoints: Box::new(|service| Some(format!("http://{service}.local"))),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
    };
    template::load(root, &site)
}
