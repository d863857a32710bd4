//! The functions' policies and their evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use iam_rs::IAMRequest;
use tokio::sync::watch;

use super::access::{Access, Grant};
use super::rights::{self, Resources};
use super::{Denial, Reason};
use crate::aws::{Call, Principal};
use model::STREAM_LABEL;
use model::deployment::{Deployment, Function, Source};
use model::statement::Right;
use model::statement::{self, Rule, Statement};

/// The policies of each function.
#[derive(Debug)]
pub struct Policies {
    resources: Resources,
    roles: BTreeMap<String, Role>,
    access: Mutex<Access>,
    denials: watch::Sender<Vec<Denial>>,
    changes: watch::Sender<u64>,
}

/// A function's role: SAM creates one per function.
#[derive(Debug)]
struct Role {
    arn: String,
    session: String,
    statements: Vec<Statement>,
    boundary: Option<Vec<Statement>>,
}

impl Policies {
    /// The policies of a deployment in a region and account.
    #[must_use]
    pub fn of(deployment: &Deployment, region: &str, account: &str) -> Self {
        let role = |function: &Function| {
            let name = &function.name;
            let role = Role {
                arn: format!("arn:aws:iam::{account}:role/{name}"),
                session: format!("arn:aws:sts::{account}:assumed-role/{name}/{name}"),
                statements: function.policies.clone(),
                boundary: function.boundary.clone(),
            };
            (function.operation.clone(), role)
        };
        Self {
            resources: Resources::of(deployment, region, account),
            roles: deployment.functions.iter().map(role).collect(),
            access: Mutex::default(),
            denials: watch::Sender::default(),
            changes: watch::Sender::default(),
        }
    }

    /// Checks whether the caller has the rights for the call. A function's event sources act with its role.
    ///
    /// # Errors
    /// The first missing right.
    pub fn check(&self, call: &Call) -> Result<(), Denial> {
        let (Principal::Function(function) | Principal::EventSource(function)) = &call.principal else {
            return Ok(());
        };
        let rights = rights::of(call, &self.resources);
        rights.iter().try_for_each(|right| self.require(function, right))
    }

    /// Checks whether a function may call a route with IAM authorization.
    ///
    /// # Errors
    /// The function lacks the right.
    pub fn check_route(&self, function: &str, route_arn: &str) -> Result<(), Denial> {
        self.require(function, &Right::new("execute-api:Invoke", route_arn))
    }

    /// Whether every function has the rights of its event sources, without which AWS makes no event source mapping
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>,
    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html>). Asking is not using.
    ///
    /// # Errors
    /// The first missing right.
    pub fn check_sources(&self, function: &Function) -> Result<(), Denial> {
        for right in function.sources.iter().flat_map(|source| self.rights_of_source(source)) {
            self.decide(&self.access(), &function.operation, &right)?;
        }
        Ok(())
    }

    fn rights_of_source(&self, source: &Source) -> Vec<Right> {
        let all = |actions: &[&str], resource: &str| {
            actions.iter().map(|action| Right::new(*action, resource)).collect::<Vec<_>>()
        };
        match source {
            Source::Queue(queue) => {
                let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
                all(&actions, &queue.queue_arn)
            }
            Source::Stream(stream) => {
                let actions = [
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:ListStreams",
                ];
                let arn = format!("table/{}/stream/{STREAM_LABEL}", stream.table_name);
                let mut rights = all(&actions, &self.resources.arn("dynamodb", &arn));
                rights.extend(stream.on_failure.iter().flat_map(|queue| all(&["sqs:SendMessage"], queue)));
                rights
            }
            Source::Schedule(_) => Vec::new(),
        }
    }

    fn require(&self, function: &str, right: &Right) -> Result<(), Denial> {
        // Decided and recorded under one lock: once a right is restored, no denial of it can follow.
        let mut access = self.access();
        match self.decide(&access, function, right) {
            Ok(grant) => {
                access.used.insert(grant);
                Ok(())
            }
            Err(denial) => {
                denial.log();
                self.denials.send_if_modified(|denials| {
                    let is_new = !denials.contains(&denial);
                    if is_new {
                        denials.push(denial.clone());
                    }
                    is_new
                });
                Err(denial)
            }
        }
    }

    /// The first rule that allows it, unless any denies it or the boundary does not allow it as well: IAM's evaluation
    /// of a role's policies (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>).
    fn decide(&self, access: &Access, function: &str, right: &Right) -> Result<Grant, Denial> {
        let denied = |user: &str, reason| Denial {
            function: function.to_owned(),
            action: right.action.clone(),
            resource: right.resource.as_str().into(),
            rows: right.rows().into(),
            reason,
            user: user.into(),
        };
        let Some(role) = self.roles.get(function) else { return Err(denied(function, Reason::NotAllowed)) };
        let asked = statement::asked(right, &role.arn).map_err(|error| {
            tracing::error!(%error, ?right, "the right cannot be expressed as a request");
            denied(&role.session, Reason::NotAllowed)
        })?;
        if let Some(Rule { action, resource, .. }) = denying(&role.statements, &asked) {
            let by = format!("Effect: Deny, Action: {action}, Resource: {resource}");
            return Err(denied(&role.session, Reason::Denied(by)));
        }
        let grant = allowing(&role.statements, &asked)
            .map(|rule| grant(function, rule))
            .find(|grant| !access.withheld.contains(grant))
            .ok_or_else(|| denied(&role.session, Reason::NotAllowed))?;
        if role.bounds(&asked) { Ok(grant) } else { Err(denied(&role.session, Reason::OutsideBoundary)) }
    }

    /// All rights of the functions.
    #[must_use]
    pub fn granted(&self) -> BTreeSet<Grant> {
        let roles = self.roles.iter();
        roles
            .flat_map(|(function, role)| rules(&role.statements, true).map(|rule| grant(function, rule)))
            .collect()
    }

    /// The rights that calls have needed so far. Of two statements that grant the same right, only the first is needed.
    #[must_use]
    pub fn used(&self) -> BTreeSet<Grant> {
        self.access().used.clone()
    }

    /// The distinct denials, in order of first occurrence.
    #[must_use]
    pub fn denials(&self) -> watch::Receiver<Vec<Denial>> {
        self.denials.subscribe()
    }

    /// Clears the list of denials and returns its previous contents.
    pub fn take_denials(&self) -> Vec<Denial> {
        self.denials.send_replace(Vec::new())
    }

    /// Removes from the list of denials those caused by withholding one right.
    pub fn forget(&self, grant: &Grant) {
        self.denials.send_modify(|denials| denials.retain(|denial| !grant.covers(denial)));
    }

    /// Withholds a right until it is restored.
    pub fn withhold(&self, grant: &Grant) {
        self.access().withheld.insert(grant.clone());
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Restores a right.
    pub fn give_back(&self, grant: &Grant) {
        self.access().withheld.remove(grant);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Reports every right that is withheld or restored.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Role {
    /// Whether the boundary, if there is one, allows a right.
    fn bounds(&self, asked: &IAMRequest) -> bool {
        self.boundary.as_ref().is_none_or(|boundary| {
            allowing(boundary, asked).next().is_some() && denying(boundary, asked).is_none()
        })
    }
}

/// The rules that allow the request.
fn allowing<'s>(statements: &'s [Statement], asked: &IAMRequest) -> impl Iterator<Item = &'s Rule> {
    rules(statements, true).filter(|rule| fits(rule, asked).unwrap_or(false))
}

/// A rule that denies the request.
fn denying<'s>(statements: &'s [Statement], asked: &IAMRequest) -> Option<&'s Rule> {
    rules(statements, false).find(|rule| fits(rule, asked).unwrap_or(true))
}

/// Returns `None` if the right cannot be evaluated; it is then never granted.
fn fits(rule: &Rule, asked: &IAMRequest) -> Option<bool> {
    let fits = rule.fits(asked);
    fits.inspect_err(|error| tracing::error!(%error, ?asked, "the right cannot be evaluated")).ok()
}

fn rules(statements: &[Statement], allowing: bool) -> impl Iterator<Item = &Rule> {
    statements.iter().filter(move |statement| statement.allows() == allowing).flat_map(Statement::rules)
}

fn grant(function: &str, rule: &Rule) -> Grant {
    let Rule { action, resource, rows, .. } = rule.clone();
    Grant { function: function.to_owned(), action, resource, rows }
}
