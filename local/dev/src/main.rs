//! `cargo dev`: the whole shop on a laptop.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use dev::binaries;
use dev::clock;
use dev::data::DataFolder;
use dev::demo;
use dev::scaffold;
use dev::seed::{self, Assortment, Scale};
use dev::stop::Stop;
use engines::faults::{Contention, Throughput};
use jiff::SignedDuration;
use reqwest::Url;
use runtime::attached;
use runtime::cloud::{self, Cloud, Options, Ports};
use runtime::host;
use runtime::redrive;
use runtime::sources::Redelivery;
use tracing_subscriber::EnvFilter;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs Bodega's deployment on this machine: the functions of template.yaml over embedded engines.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    cloud: CloudArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Place an order and follow it from registration to the confirmation mail, in the running shop or in a temporary
    /// one.
    Demo {
        /// How long each mail and the remaining work may take, in seconds: more than a moment where functions are compiled when they
        /// are first needed, as under `cargo lambda watch`.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
        timeout: u64,
    },
    /// Add an operation behind a route, behind a queue or on a schedule: its source file, binary, module line, template
    /// block, event and test.
    #[command(after_help = scaffold::EXAMPLES)]
    New(scaffold::Arguments),
    /// Fill the running shop with what is made up: the same at each run.
    Seed {
        /// How many products, for measurements. Each has one to three variants. Run it again to continue after an interruption, or to
        /// add more.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000), required_unless_present = "orders")]
        products: Option<u32>,
        /// How many orders, with what becomes of orders: most are shipped, and some are cancelled, returned, refunded or disputed.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        orders: Option<u32>,
        /// On how many past days they were placed.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Set the running shop's clock ahead, and run every schedule as of the new time. It is real time again after a restart.
    Clock {
        /// By how much: `+15d`, `+90min`.
        #[arg(value_parser = clock::forward)]
        by: SignedDuration,
    },
    /// Move the dead letters of a queue of the running shop back to it.
    Redrive {
        /// The queue or its dead-letter queue: its SQS name, or a part of it such as `payment-commands`.
        queue: String,
    },
    /// Print the environment of a function of the running shop, for another tool that runs the function.
    Env {
        /// The operation: `place-order`.
        #[arg(required_unless_present = "sam")]
        operation: Option<String>,
        /// Print the environments of all functions, in the format of `sam local invoke --env-vars`.
        #[arg(long, conflicts_with = "operation")]
        sam: bool,
    },
    /// Run a function's binary with its environment from the running shop. `cargo lambda watch` starts functions with
    /// this.
    Exec {
        /// The binary, named after the operation: `target/debug/place-order`.
        binary: PathBuf,
        /// The binary's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// The default log filter. The embedded DynamoDB warns about every error response, including expected ones such as
/// failed conditions.
const QUIET: &str = "warn,dynoxide=error,dev=info,engines=info,runtime=info,stripe=info";

#[derive(Args)]
struct CloudArgs {
    /// The front door's port, which clients call.
    #[arg(long, global = true, default_value_t = 8080)]
    port: u16,
    /// The AWS endpoint's port: DynamoDB, SQS, SES, Secrets Manager, Lambda.
    #[arg(long, global = true, default_value_t = 4566)]
    aws_port: u16,
    /// The console's port: timelines, mails, queues, tables, schedules, faults.
    #[arg(long, global = true, default_value_t = 8081, env = "BODEGA_CONSOLE_PORT")]
    console_port: u16,
    /// The address of the AWS endpoint, the services' APIs and the payment gateway, which functions call. For functions
    /// in containers, use Docker's bridge: 172.17.0.1. Any client that reaches the address has full access. The front
    /// door and the console stay on loopback.
    #[arg(long, global = true, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// The stack's name, which is the prefix of the names of tables, queues and functions. Shops that share an engine
    /// need different names.
    #[arg(long, default_value = cloud::STACK)]
    stack_name: String,
    /// The directory for data that is kept between runs.
    #[arg(long, default_value = ".bodega")]
    data: PathBuf,
    /// Delete the data of earlier runs.
    #[arg(long)]
    fresh: bool,
    /// Keep all data in memory.
    #[arg(long, conflicts_with_all = ["fresh", "data"])]
    memory: bool,
    /// Do not create the customer and the orders that the files in events/ refer to.
    #[arg(long)]
    no_samples: bool,
    /// Stock only the eight products that examples and tests use. Without this, some forty more with pictures are added in the
    /// background once the shop is ready, unless the functions run elsewhere.
    #[arg(long)]
    small: bool,
    /// The URL of a DynamoDB to use instead of the embedded one. Start DynamoDB Local with -sharedDb.
    #[arg(long)]
    dynamodb_endpoint: Option<Url>,
    /// The URL of an SQS to use instead of the embedded one.
    #[arg(long)]
    sqs_endpoint: Option<Url>,
    /// The URL of an SES to use instead of the embedded one.
    #[arg(long)]
    ses_endpoint: Option<Url>,
    /// The URL of a payment gateway to use instead of the laptop's own: one that speaks Stripe's API, such as localstripe.
    #[arg(long)]
    stripe_endpoint: Option<Url>,
    /// The URL of an Invoke API that runs the functions, such as http://127.0.0.1:9000 for `cargo lambda watch`.
    #[arg(long)]
    lambda_endpoint: Option<Url>,
    /// The maximum number of processes per function.
    #[arg(long, default_value_t = host::DEFAULT_CONCURRENCY, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// The number of seconds after which a failed message is redelivered, instead of its queue's visibility timeout.
    #[arg(long)]
    redelivery: Option<u32>,
    /// The number of milliseconds that a transaction keeps its rows busy. Meanwhile, other writes to them are rejected for
    /// a conflict.
    #[arg(long)]
    row_busy: Option<u64>,
    /// Limit each partition of a table to DynamoDB's 1,000 write units and 3,000 read units per second.
    #[arg(long)]
    partition_limits: bool,
}

impl CloudArgs {
    fn console_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.console_port)
    }

    fn contention(&self) -> Contention {
        Contention {
            row_busy: self.row_busy.map(Duration::from_millis),
            partition: self.partition_limits.then_some(Throughput::DYNAMODB),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> Result<(), Error> {
    log()?;
    let mut stop = Stop::listen()?;
    match cli.command {
        None => run(cli.cloud, &mut stop).await,
        Some(Command::New(arguments)) => write_operation(arguments),
        Some(Command::Seed { products, orders, days }) => {
            stop.before(fill(&cli.cloud, products, orders.map(|orders| (orders, days)))).await
        }
        Some(Command::Clock { by }) => {
            let console = cli.cloud.console_url();
            stop.before(async { Ok(clock::set_ahead(&console, by, &mut std::io::stdout()).await?) }).await
        }
        Some(Command::Demo { timeout }) => {
            stop.before(demonstrate(cli.cloud, Duration::from_secs(timeout))).await
        }
        Some(Command::Redrive { queue }) => stop.before(redrive(&cli.cloud, &queue)).await,
        Some(Command::Env { operation, .. }) => stop.before(environment(&cli.cloud, operation)).await,
        Some(Command::Exec { binary, arguments }) => {
            Ok(attached::become_function(&cli.cloud.console_url(), &binary, &arguments).await?)
        }
    }
}

fn write_operation(arguments: scaffold::Arguments) -> Result<(), Error> {
    let root = root()?;
    let written = scaffold::new(&root, &arguments.try_into()?)?;
    for file in written {
        print(&format!("{}", file.strip_prefix(&root).unwrap_or(&file).display()))?;
    }
    print("Next: BLESS=1 cargo test -p tests --test contract, then CONTRIBUTING.md.")?;
    Ok(())
}

async fn run(args: CloudArgs, stop: &mut Stop) -> Result<(), Error> {
    let root = root()?;
    let data =
        if args.memory { None } else { Some(DataFolder::open(&root.join(&args.data), args.fresh).await?) };
    let binaries = stop.before(async { Ok(binaries::build(&root).await?) }).await?;
    let options = options(&args, root, binaries, data.as_ref().map(|data| data.path().to_owned()));
    let cloud = stop.before(async { Ok(Cloud::start(options).await?) }).await?;
    cloud.faults().contend(args.contention());
    cloud.send_webhooks();
    let opened = stop.before(open(&cloud, &args)).await;
    if opened.is_ok() {
        print(&seed::welcome(&cloud))?;
        tokio::select! {
            () = stop.signalled() => {}
            never = furnish(&cloud, &args) => match never {},
        }
        print("\nStopping.")?;
    }
    // A second signal aborts the shutdown. The functions' processes are killed when the cloud is dropped.
    let stopped = async {
        cloud.shutdown().await;
        Ok(())
    };
    stop.before(stopped).await?;
    opened
}

/// Seeds the shop, once the host of its functions is reachable.
async fn open(cloud: &Cloud, args: &CloudArgs) -> Result<(), Error> {
    if let Some(url) = &args.lambda_endpoint {
        print(&format!("Waiting for the functions at {url}. Start them with `cargo lambda watch`."))?;
        attached::reached(url).await?;
    }
    if !args.no_samples {
        seed::put_customer(cloud).await?;
    }
    seed::seed(cloud).await?;
    seed::set_terms(cloud.url()).await?;
    if !args.no_samples {
        seed::place_orders(cloud).await?;
    }
    Ok(())
}

/// Adds the assortment while the shop is open. A shop without it works as well, so a failure is only logged. Never returns, so that
/// the shop stays open.
async fn furnish(cloud: &Cloud, args: &CloudArgs) -> Infallible {
    if !args.small && args.lambda_endpoint.is_none() {
        let furnished = async {
            let assortment = Assortment::read(&root()?)?;
            if seed::furnish(cloud.url(), &assortment).await? {
                print(&format!("\nThe shop has {} products, with pictures.", assortment.slugs().len()))?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = furnished.await {
            tracing::warn!(error, "the rest of the assortment is missing; it is added at the next start");
        }
    }
    std::future::pending().await
}

/// Fills the shop with so many products, and with orders of so many days.
async fn fill(args: &CloudArgs, products: Option<u32>, orders: Option<(u32, u32)>) -> Result<(), Error> {
    let url = format!("http://127.0.0.1:{}", args.port);
    if let Some(products) = products {
        let Scale { there, added } = seed::fill(&url, products, &mut std::io::stdout()).await?;
        print(&format!("{added} products added; {there} were there."))?;
    }
    if let Some((orders, days)) = orders {
        let from = SignedDuration::from_hours(-24 * i64::from(days));
        let wanted = seed::Wanted { orders, days, from, to_the_end: false, capture_on_shipment: false };
        seed::trade((&url, &args.console_url()), &wanted, &mut std::io::stdout()).await?;
        print(&format!("{orders} orders of {days} days were placed, and most were shipped."))?;
    }
    Ok(())
}

async fn demonstrate(args: CloudArgs, within: Duration) -> Result<(), Error> {
    let running =
        demo::Shop { url: format!("http://127.0.0.1:{}", args.port), console_url: args.console_url() };
    if running.answers().await {
        print(&format!("Using the shop at {}.", running.url))?;
        return demo::walk(&running, within, &mut std::io::stdout()).await;
    }
    let root = root()?;
    let binaries = binaries::build(&root).await?;
    let mut options = options(&args, root, binaries, None);
    (options.ports, options.log) = (Ports::default(), host::silent());
    let cloud = Cloud::start(options).await?;
    seed::seed(&cloud).await?;
    seed::set_terms(cloud.url()).await?;
    print("No shop is running on these ports; using a temporary one in memory.")?;
    let shop = demo::Shop { url: cloud.url().to_owned(), console_url: cloud.console_url().to_owned() };
    let walked = demo::walk(&shop, within, &mut std::io::stdout()).await;
    cloud.shutdown().await;
    walked
}

async fn redrive(args: &CloudArgs, queue: &str) -> Result<(), Error> {
    let endpoint = SocketAddr::new(args.listen, args.aws_port);
    let redriven = redrive::redrive(&format!("http://{endpoint}"), queue).await?;
    Ok(print(&redriven.to_string())?)
}

async fn environment(args: &CloudArgs, operation: Option<String>) -> Result<(), Error> {
    let text = match operation {
        Some(operation) => attached::function(&args.console_url(), &operation).await?.lines(),
        None => {
            let all = attached::functions(&args.console_url()).await?;
            serde_json::to_string_pretty(&attached::sam_environment(&all))?
        }
    };
    Ok(print(&text)?)
}

fn options(args: &CloudArgs, root: PathBuf, binaries: PathBuf, data: Option<PathBuf>) -> Options {
    Options {
        root,
        stack_name: args.stack_name.clone(),
        binaries,
        data,
        mails: cloud::MAILS,
        ports: Ports {
            front_door: args.port,
            aws: args.aws_port,
            console: args.console_port,
            listen: Some(args.listen),
        },
        dynamodb_endpoint: args.dynamodb_endpoint.clone(),
        sqs_endpoint: args.sqs_endpoint.clone(),
        ses_endpoint: args.ses_endpoint.clone(),
        stripe_endpoint: args.stripe_endpoint.clone(),
        lambda_endpoint: args.lambda_endpoint.clone(),
        schedules: true,
        concurrency: args.concurrency,
        redelivery: args.redelivery.map_or(Redelivery::AfterVisibility, Redelivery::After),
        log: host::pretty(),
    }
}

/// Returns the repository's directory. Cargo sets the package's directory in the environment of the programs that it
/// runs.
fn root() -> Result<PathBuf, Error> {
    let package = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| "run this with `cargo dev`")?;
    Ok(Path::new(&package).ancestors().nth(2).ok_or("the package is not in a repository")?.to_owned())
}

/// Sets up the laptop cloud's own log, on standard error. `RUST_LOG` overrides the filter.
fn log() -> Result<(), Error> {
    let wanted = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(QUIET))?;
    let lines = tracing_subscriber::fmt().compact().without_time().with_target(false).with_env_filter(wanted);
    let lines = lines.with_writer(std::io::stderr).with_ansi(false);
    Ok(tracing::subscriber::set_global_default(lines.finish())?)
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

fn print_error(error: &(dyn std::error::Error + 'static)) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some errors already include their source's text.
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    // If standard error is closed, the exit code still reports the failure.
    writeln!(std::io::stderr().lock(), "error: {text}").unwrap_or_default();
}
