//! Starts and stops the laptop cloud.

mod listeners;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::Url;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::attached::Attached;
use crate::console::Console;
use crate::gateway::{self, Gateway, GatewayError, Listeners};
use crate::host::{self, Host, LogSink};
use crate::invocations::Recorder;
use crate::logbook::Logbook;
use crate::reference;
use crate::site::{Urls, site};
use crate::sources::{self, Redelivery, Sources};
use engines::aws::{self, Endpoint};
use engines::credentials::FunctionCredentials;
use engines::faults::Faults;
use engines::iam::Policies;
use listeners::{Apis, listen, url_of};
use model::clock::Clock;
use model::deployment::Deployment;
use stripe::{self, PaymentGateway};
use template;

/// The region of the laptop cloud.
pub const REGION: &str = "eu-west-1";
/// The account id that AWS's documentation uses in examples.
pub const ACCOUNT: &str = "123456789012";
/// The default stack name.
pub const STACK: &str = "bodega";

/// The secret with which the payment gateway signs its webhooks, in the payments template.
const WEBHOOK_SECRET: &str = "StripeWebhookSecret";

/// The number of sent mails that a shop for people keeps.
pub const MAILS: usize = 1_000;

#[derive(Clone)]
pub struct Options {
    /// The repository, which contains `template.yaml`.
    pub root: PathBuf,
    /// Prefix of the names of tables, queues and functions.
    pub stack_name: String,
    /// The directory with the functions' binaries.
    pub binaries: PathBuf,
    /// The data directory. `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The number of sent mails to keep. Older ones are dropped.
    pub mails: usize,
    /// The ports to listen on. 0 selects any free port.
    pub ports: Ports,
    /// An external DynamoDB instead of the embedded one.
    pub dynamodb_endpoint: Option<Url>,
    /// An external SQS instead of the embedded one.
    pub sqs_endpoint: Option<Url>,
    /// An external SES instead of the embedded one.
    pub ses_endpoint: Option<Url>,
    /// A payment gateway that speaks Stripe's API instead of the laptop's own, such as localstripe.
    pub stripe_endpoint: Option<Url>,
    /// An Invoke API that runs the functions, such as `cargo lambda watch`.
    pub lambda_endpoint: Option<Url>,
    /// Whether schedules fire automatically.
    pub schedules: bool,
    /// The maximum number of processes per function.
    pub concurrency: u32,
    /// When a queue's failed message is redelivered.
    pub redelivery: Redelivery,
    /// Where the functions' logs go.
    pub log: LogSink,
}

/// The ports and the address that the cloud listens on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// The front door, which customers' clients call.
    pub front_door: u16,
    /// The AWS endpoint.
    pub aws: u16,
    pub console: u16,
    /// The address of what functions call: the AWS endpoint, the services' APIs and the payment gateway. `None` is
    /// loopback. The front door and the console always listen on loopback.
    pub listen: Option<IpAddr>,
}

impl Ports {
    fn address(self) -> IpAddr {
        self.listen.unwrap_or(LOOPBACK)
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Why the cloud cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is in use, or the process may not listen on it.
    #[error("cannot listen on {address} for the {what}: {error}; choose another port with --{option}")]
    Port {
        address: SocketAddr,
        /// The part of the cloud that listens there.
        what: &'static str,
        /// The command-line option that changes the port.
        option: &'static str,
        #[source]
        error: io::Error,
    },
    /// The address is a wildcard, which functions cannot call.
    #[error("functions cannot call {0}: specify an address that they can call with --listen")]
    Unspecified(IpAddr),
    /// No free port.
    #[error("cannot listen on any port")]
    Listen(#[from] io::Error),
    /// The template is invalid.
    #[error(transparent)]
    Template(#[from] template::TemplateError),
    /// The AWS endpoint did not start.
    #[error(transparent)]
    Endpoint(#[from] aws::StartError),
    /// A resource of the template could not be created.
    #[error(transparent)]
    Provision(#[from] aws::ProvisionError),
    /// The Lambda host did not start.
    #[error(transparent)]
    Host(#[from] host::StartError),
    /// The gateway did not start.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The payment gateway did not start.
    #[error(transparent)]
    PaymentGateway(#[from] stripe::StartError),
    /// The secret of the payment gateway's webhooks cannot be read.
    #[error("the secret of the payment gateway's webhooks cannot be read")]
    WebhookSecret(#[from] aws::CallError),
    /// The event sources did not start.
    #[error(transparent)]
    Sources(#[from] sources::StartError),
}

/// A running cloud.
pub struct Cloud {
    deployment: Arc<Deployment>,
    endpoint: Arc<Endpoint>,
    policies: Arc<Policies>,
    payment_gateway: PaymentGateway,
    webhooks: Option<stripe::Endpoint>,
    host: Host,
    invocations: Recorder,
    sources: Arc<Sources>,
    clock: Clock,
    url: String,
    console_url: String,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Cloud {
    /// Starts everything that the template defines.
    ///
    /// # Errors
    /// A port is in use, the template is invalid, or an engine does not start.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Ports { front_door, aws, console, .. } = options.ports;
        let address = options.ports.address();
        if address.is_unspecified() {
            return Err(StartError::Unspecified(address));
        }
        let front_door = listen(LOOPBACK, front_door, "front door", "port").await?;
        let aws = listen(address, aws, "AWS endpoint", "aws-port").await?;
        let console = listen(LOOPBACK, console, "console", "console-port").await?;
        let (url, console_url) = (url_of(front_door.local_addr()?), url_of(console.local_addr()?));
        let payments = TcpListener::bind((address, 0)).await?;
        let apis = Apis::new(address);
        let urls = Urls {
            aws: url_of(aws.local_addr()?),
            front_door: url.clone(),
            payments: url_of(payments.local_addr()?),
        };
        let site = site(&options.stack_name, urls, apis.endpoints());
        let deployment = Arc::new(template::load(&options.root, &site)?);

        let credentials = FunctionCredentials::new(&deployment.functions, &rand::random());
        let policies = Arc::new(Policies::of(&deployment, REGION, ACCOUNT));
        let aws_options = aws_options(&options, Arc::clone(&policies));
        let endpoint = Endpoint::start(aws, Arc::new(credentials.clone()), aws_options).await?;
        endpoint.provision(&deployment).await?;
        let faults = endpoint.faults().clone();
        let clock = Clock::default();
        let payment_gateway = match options.stripe_endpoint.clone() {
            Some(url) => PaymentGateway::passing_on(payments, url, faults)?,
            None => PaymentGateway::start(payments, options.data.as_deref(), (faults, clock.clone()))?,
        };
        let webhooks = webhooks(&deployment, &endpoint, &url).await?;
        let logbook = Logbook::default();
        let host_options = host_options(&options, &endpoint, credentials.clone(), (&logbook, &clock));
        let host = Host::start(&deployment.functions, host_options).await?;
        endpoint.serve_lambda(Arc::new(host.clone()));
        endpoint.faults().kills_with(Arc::new(host.clone()));
        let invocations = Recorder::new(Arc::new(host.clone()));

        let (stop, stopped) = watch::channel(false);
        let invoke = Arc::new(invocations.clone());
        let gateway =
            Gateway::new(&deployment, invoke.clone(), Arc::new(credentials), Arc::clone(&policies))?;
        let gateway = gateway.with_faults(endpoint.faults().clone()).with_objects(Arc::clone(&endpoint));
        let gateway = Arc::new(gateway.with_site(options.root.join("site")));
        let listeners = Listeners { front_door: Some(front_door), apis: apis.into_listeners(&deployment)? };
        let gateway = gateway::serve(gateway, listeners, until_stopped(stopped.clone()));
        let source_options = sources::Options {
            data: options.data.clone(),
            schedules: options.schedules,
            concurrency: sources::DEFAULT_CONCURRENCY,
            redelivery: options.redelivery,
            clock: clock.clone(),
        };
        let mut tasks = vec![tokio::spawn(logged("gateway", gateway))];
        let sources =
            Arc::new(Sources::start(&deployment, Arc::clone(&endpoint), invoke, source_options).await?);
        let state = Console {
            deployment: Arc::clone(&deployment),
            endpoint: Arc::clone(&endpoint),
            invocations: invocations.clone(),
            logbook,
            sources: Arc::clone(&sources),
            clock: clock.clone(),
            functions: Attached::all(&deployment.functions, &host).into(),
        };
        let console =
            axum::serve(console, state.router(&options.root).merge(reference::router(&options.root)))
                .with_graceful_shutdown(until_stopped(stopped));
        tasks.push(tokio::spawn(logged("console", console.into_future())));
        Ok(Self {
            deployment,
            endpoint,
            policies,
            payment_gateway,
            webhooks,
            host,
            invocations,
            sources,
            clock,
            url,
            console_url,
            stop,
            tasks,
        })
    }

    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    #[must_use]
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Returns the functions' permissions.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Returns the fault injection for the functions' calls.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.endpoint.faults()
    }

    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    #[must_use]
    pub fn payment_gateway(&self) -> &PaymentGateway {
        &self.payment_gateway
    }

    /// Returns where the shop takes the payment gateway's webhooks.
    #[must_use]
    pub fn webhooks(&self) -> Option<&stripe::Endpoint> {
        self.webhooks.as_ref()
    }

    /// Lets the payment gateway report every change to the shop from now on. Before that, the reports are lost.
    pub fn send_webhooks(&self) {
        self.payment_gateway.send_webhooks(self.webhooks.clone());
    }

    #[must_use]
    pub fn invocations(&self) -> &Recorder {
        &self.invocations
    }

    /// Returns the clock of the functions and of the payment gateway.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Returns the front door's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    #[must_use]
    pub fn console_url(&self) -> &str {
        &self.console_url
    }

    /// Stops the event sources, then the functions' processes, then the engines.
    pub async fn shutdown(self) {
        self.sources.shutdown().await;
        self.stop.send_replace(true);
        self.host.shutdown().await;
        self.endpoint.shutdown().await;
        self.payment_gateway.shutdown();
        for task in self.tasks {
            task.abort();
        }
    }
}

/// Returns where the shop takes the payment gateway's webhooks, with the secret that the deployment has made for it.
async fn webhooks(
    deployment: &Deployment,
    endpoint: &Endpoint,
    url: &str,
) -> Result<Option<stripe::Endpoint>, StartError> {
    let Some(secret) = deployment.secrets.iter().find(|secret| secret.name.contains(WEBHOOK_SECRET)) else {
        return Ok(None);
    };
    let request = json!({ "SecretId": secret.name });
    let answer = endpoint.call(aws::Service::SecretsManager, "GetSecretValue", &request).await?;
    let secret = answer["SecretString"].as_str().unwrap_or_default().to_owned();
    Ok(Some(stripe::Endpoint { url: format!("{url}/webhooks/stripe"), secret }))
}

fn aws_options(options: &Options, policies: Arc<Policies>) -> aws::Options {
    aws::Options {
        data: options.data.clone(),
        mails: options.mails,
        dynamodb_endpoint: options.dynamodb_endpoint.clone(),
        sqs_endpoint: options.sqs_endpoint.clone(),
        ses_endpoint: options.ses_endpoint.clone(),
        policies: Some(policies),
        ..aws::Options::in_memory(REGION, ACCOUNT)
    }
}

fn host_options(
    options: &Options,
    endpoint: &Endpoint,
    credentials: FunctionCredentials,
    (logbook, clock): (&Logbook, &Clock),
) -> host::Options {
    host::Options {
        binaries: options.binaries.clone(),
        endpoint_url: endpoint.url().to_owned(),
        region: REGION.to_owned(),
        credentials,
        concurrency: options.concurrency,
        log: logbook.before(options.log.clone()),
        clock: clock.clone(),
        activity: endpoint.activity().clone(),
        external: options.lambda_endpoint.clone(),
    }
}

async fn until_stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the cloud was dropped, which also stops it.
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::trace!("the cloud was dropped");
    }
}

async fn logged<E: std::fmt::Display>(what: &str, serving: impl Future<Output = Result<(), E>>) {
    if let Err(error) = serving.await {
        tracing::error!(%error, "the {what} stopped");
    }
}
