//! `cargo dev`: the whole shop on a laptop.

use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use dev::binaries;
use dev::data::DataFolder;
use dev::demo;
use dev::scaffold::{self, New, Role};
use dev::seed;
use dev::stop::Stop;
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
    /// Walk one order from registration to the confirmation mail, against the running shop or one of its own.
    Demo,
    /// Write a new operation: its file, binary, template block, event, test and entry in the contract.
    ///
    /// `cargo dev new products/catalogue/update-product PATCH /products/{product_id} --role staff`
    New {
        /// Where it goes: `<service>/<resource>/<operation>`.
        path: String,
        /// Its method.
        method: String,
        /// Its path, with parameters in braces.
        route: String,
        /// Who may call it.
        #[arg(long, value_enum, default_value_t = Role::Customer)]
        role: Role,
    },
    /// Move the dead letters of a queue of the running shop back to it: `payment-commands`, or a name as SQS has it.
    Redrive {
        /// The queue, or its dead-letter queue.
        queue: String,
    },
    /// Print the environment of a function of the running shop, for whoever else runs it.
    Env {
        /// The operation: `place-order`.
        #[arg(required_unless_present = "sam")]
        operation: Option<String>,
        /// All functions, as the file that `sam local invoke --env-vars` reads.
        #[arg(long, conflicts_with = "operation")]
        sam: bool,
    },
    /// Run the binary of a function with its environment of the running shop: what `cargo lambda watch` starts functions with.
    Exec {
        /// The binary, named as the operation: `target/debug/place-order`.
        binary: PathBuf,
        /// The binary's own arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// The embedded DynamoDB warns of every answer that is an error, which failed conditions and tables that are there are too.
const QUIET: &str = "warn,dynoxide=error,dev=info,engines=info,runtime=info,stripe=info";

#[derive(Args)]
struct CloudArgs {
    /// The front door's port: what clients talk to.
    #[arg(long, global = true, default_value_t = 8080)]
    port: u16,
    /// The AWS endpoint's port: DynamoDB, SQS, SES, Secrets Manager, Lambda.
    #[arg(long, global = true, default_value_t = 4566)]
    aws_port: u16,
    /// The console's port: mails, invocations, schedules.
    #[arg(long, global = true, default_value_t = 8081, env = "BODEGA_CONSOLE_PORT")]
    console_port: u16,
    /// The address that functions call: of the AWS endpoint, the services' APIs and the payment gateway. For functions in
    /// containers, Docker's bridge: 172.17.0.1. Whoever reaches it may do everything there; the front door and the console
    /// stay on loopback.
    #[arg(long, global = true, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// The stack: what the names of tables, queues and functions begin with. Shops that share an engine need a name each.
    #[arg(long, default_value = cloud::STACK)]
    stack_name: String,
    /// Where data is kept between runs.
    #[arg(long, default_value = ".bodega")]
    data: PathBuf,
    /// Forget the data of earlier runs.
    #[arg(long)]
    fresh: bool,
    /// Keep nothing on disk.
    #[arg(long, conflicts_with_all = ["fresh", "data"])]
    memory: bool,
    /// Without the orders that the files in events/ speak of, and without their customer's id.
    #[arg(long)]
    no_samples: bool,
    /// Another DynamoDB in place of the embedded one (DynamoDB Local: started with -sharedDb).
    #[arg(long)]
    dynamodb_endpoint: Option<Url>,
    /// Another SQS in place of the embedded one.
    #[arg(long)]
    sqs_endpoint: Option<Url>,
    /// Another SES in place of the embedded one.
    #[arg(long)]
    ses_endpoint: Option<Url>,
    /// An Invoke API that hosts the functions, such as `cargo lambda watch` at http://127.0.0.1:9000.
    #[arg(long)]
    lambda_endpoint: Option<Url>,
    /// The most processes of one function.
    #[arg(long, default_value_t = host::DEFAULT_CONCURRENCY, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Seconds after which a message that failed comes again, in place of its queue's visibility timeout.
    #[arg(long)]
    redelivery: Option<u32>,
}

impl CloudArgs {
    fn console_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.console_port)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match obey(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn obey(cli: Cli) -> Result<(), Error> {
    log()?;
    let mut stop = Stop::listen()?;
    match cli.command {
        None => run(cli.cloud, &mut stop).await,
        Some(Command::New { path, method, route, role }) => {
            write_operation(New { path, method, route, role })
        }
        Some(Command::Demo) => stop.before(demonstrate(cli.cloud)).await,
        Some(Command::Redrive { queue }) => stop.before(redrive(&cli.cloud, &queue)).await,
        Some(Command::Env { operation, .. }) => stop.before(environment(&cli.cloud, operation)).await,
        Some(Command::Exec { binary, arguments }) => {
            Ok(attached::become_function(&cli.cloud.console_url(), &binary, &arguments).await?)
        }
    }
}

fn write_operation(wanted: New) -> Result<(), Error> {
    let root = root()?;
    let written = scaffold::new(&root, &wanted)?;
    let service = wanted.path.split('/').next().unwrap_or_default();
    let mut format = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if !format.current_dir(&root).args(["fmt", "-p", service, "-p", "tests"]).status()?.success() {
        return Err("cargo fmt failed".into());
    }
    for file in written {
        say(&format!("{}", file.strip_prefix(&root).unwrap_or(&file).display()))?;
    }
    say("Next: BLESS=1 cargo test -p tests --test contract, then CONTRIBUTING.md.")?;
    Ok(())
}

async fn run(args: CloudArgs, stop: &mut Stop) -> Result<(), Error> {
    let root = root()?;
    let data = (!args.memory).then(|| DataFolder::open(&root.join(&args.data), args.fresh)).transpose()?;
    let binaries = stop.before(async { Ok(binaries::build(&root).await?) }).await?;
    let options = options(&args, root, binaries, data.as_ref().map(|data| data.path().to_owned()));
    let cloud = stop.before(async { Ok(Cloud::start(options).await?) }).await?;
    let opened = stop.before(open(&cloud, &args)).await;
    if opened.is_ok() {
        say(&seed::welcome(&cloud))?;
        stop.signalled().await;
        say("\nStopping.")?;
    }
    // A second signal ends it at once; the functions' processes go with this one's memory of them.
    let stopped = async {
        cloud.shutdown().await;
        Ok(())
    };
    stop.before(stopped).await?;
    opened
}

/// Stocks the shop, once whoever runs its functions is there.
async fn open(cloud: &Cloud, args: &CloudArgs) -> Result<(), Error> {
    if let Some(url) = &args.lambda_endpoint {
        say(&format!("Waiting for the functions at {url}. (`cargo lambda watch` runs them there.)"))?;
        attached::reached(url).await?;
    }
    if !args.no_samples {
        seed::put_customer(cloud).await?;
    }
    seed::seed(cloud).await?;
    if !args.no_samples {
        seed::place_orders(cloud).await?;
    }
    Ok(())
}

async fn demonstrate(args: CloudArgs) -> Result<(), Error> {
    let running =
        demo::Shop { url: format!("http://127.0.0.1:{}", args.port), console_url: args.console_url() };
    if running.answers().await {
        say(&format!("Against the shop at {}.", running.url))?;
        return demo::walk(&running, &mut std::io::stdout()).await;
    }
    let root = root()?;
    let binaries = binaries::build(&root).await?;
    let mut options = options(&args, root, binaries, None);
    (options.ports, options.log) = (Ports::default(), host::silent());
    let cloud = Cloud::start(options).await?;
    seed::seed(&cloud).await?;
    say("Against a shop of its own, in memory (none runs on these ports).")?;
    let shop = demo::Shop { url: cloud.url().to_owned(), console_url: cloud.console_url().to_owned() };
    let walked = demo::walk(&shop, &mut std::io::stdout()).await;
    cloud.shutdown().await;
    walked
}

async fn redrive(args: &CloudArgs, queue: &str) -> Result<(), Error> {
    let endpoint = SocketAddr::new(args.listen, args.aws_port);
    let redriven = redrive::redrive(&format!("http://{endpoint}"), queue).await?;
    Ok(say(&redriven.to_string())?)
}

async fn environment(args: &CloudArgs, operation: Option<String>) -> Result<(), Error> {
    let text = match operation {
        Some(operation) => attached::function(&args.console_url(), &operation).await?.lines(),
        None => {
            let all = attached::functions(&args.console_url()).await?;
            serde_json::to_string_pretty(&attached::sam_environment(&all))?
        }
    };
    Ok(say(&text)?)
}

fn options(args: &CloudArgs, root: PathBuf, binaries: PathBuf, data: Option<PathBuf>) -> Options {
    Options {
        root,
        stack_name: args.stack_name.clone(),
        binaries,
        data,
        ports: Ports {
            front_door: args.port,
            aws: args.aws_port,
            console: args.console_port,
            listen: Some(args.listen),
        },
        dynamodb_endpoint: args.dynamodb_endpoint.clone(),
        sqs_endpoint: args.sqs_endpoint.clone(),
        ses_endpoint: args.ses_endpoint.clone(),
        lambda_endpoint: args.lambda_endpoint.clone(),
        schedules: true,
        concurrency: args.concurrency,
        redelivery: args.redelivery.map_or(Redelivery::AfterVisibility, Redelivery::After),
        log: host::pretty(),
    }
}

/// The repository: cargo runs a program with its package's folder in the environment.
fn root() -> Result<PathBuf, Error> {
    let package = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| "run this with `cargo dev`")?;
    Ok(Path::new(&package).ancestors().nth(2).ok_or("the package is in no repository")?.to_owned())
}

/// What goes wrong in the laptop cloud itself, beside what the functions write. `RUST_LOG` says how much.
fn log() -> Result<(), Error> {
    let wanted = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(QUIET))?;
    let lines = tracing_subscriber::fmt().compact().without_time().with_target(false).with_env_filter(wanted);
    let lines = lines.with_writer(std::io::stderr).with_ansi(false);
    Ok(tracing::subscriber::set_global_default(lines.finish())?)
}

fn say(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

fn say_error(error: &(dyn std::error::Error + 'static)) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some errors say their source's text themselves.
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    // When not even this can be written, the exit code still says it.
    writeln!(std::io::stderr().lock(), "error: {text}").unwrap_or_default();
}
