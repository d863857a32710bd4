//! `cargo dev` as a separate process: started over a folder of data, killed, and started again.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Far longer than a start takes on any machine; reached only if something hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often running processes are listed. Only a parent is notified of its children's end, and here the parent is
/// dead.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The line that is printed when the shop is open.
const OPEN: &str = "Bodega is ready.";

/// The ports that it listens on. They are the same at each start, as for a user's `cargo dev`.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    front_door: u16,
    aws: u16,
    console: u16,
}

impl Ports {
    /// Returns three free ports. They are below the ephemeral range, so that the system does not assign them while the
    /// program is down.
    pub fn free() -> Self {
        let first = 10_000 + u16::try_from(std::process::id() % 10_000).expect("below 10,000");
        let mut free = (first..30_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
        let mut next = || free.next().expect("a free port");
        Self { front_door: next(), aws: next(), console: next() }
    }

    /// Returns the URL of a path of the shop.
    pub fn shop(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.front_door)
    }

    /// Returns the URL of a path of the console.
    pub fn console(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.console)
    }
}

/// A running `cargo dev`.
pub struct Program {
    child: Child,
    /// Its output so far, including the functions' logs.
    output: watch::Sender<Vec<String>>,
}

impl Program {
    /// Starts it over the data of earlier runs, and waits until the shop is open.
    pub async fn open(data: &Path, ports: &Ports) -> Self {
        let program = Self::start(data, ports).await;
        program.until(&[OPEN]).await;
        program
    }

    /// Starts it over the data of earlier runs, and waits until it is about to process what they left.
    pub async fn half_open(data: &Path, ports: &Ports) -> Self {
        let program = Self::start(data, ports).await;
        program.until(&["are in their queues again", OPEN]).await;
        program
    }

    async fn start(data: &Path, ports: &Ports) -> Self {
        let mut child = Command::new(tests::binaries().await.join("dev"))
            .env("CARGO_MANIFEST_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../local/dev"))
            // Replaces cargo, because everything is built.
            .env("CARGO", "true")
            .arg("--data")
            .arg(data)
            .args(["--port", &ports.front_door.to_string()])
            .args(["--aws-port", &ports.aws.to_string()])
            .args(["--console-port", &ports.console.to_string()])
            // The audit expects only the test's own records.
            .arg("--small")
            .arg("--no-samples")
            // Longer than the claim of a mail lasts whose function was killed.
            .args(["--redelivery", "12"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let output = watch::Sender::default();
        tokio::spawn(listen(child.stdout.take().expect("its output"), output.clone()));
        tokio::spawn(listen(child.stderr.take().expect("its errors"), output.clone()));
        Self { child, output }
    }

    /// Waits until it prints one of these.
    async fn until(&self, words: &[&str]) {
        let mut output = self.output.subscribe();
        let found =
            output.wait_for(|lines| lines.iter().any(|line| words.iter().any(|word| line.contains(word))));
        let found = tokio::time::timeout(DEADLINE, found).await.is_ok();
        assert!(found, "it does not print any of {words:?}:\n{}", self.output.borrow().join("\n"));
    }

    /// Kills it with SIGKILL, and returns the processes of functions that it leaves behind.
    pub async fn kill(mut self) -> BTreeSet<u32> {
        let functions = children(self.child.id().expect("it runs")).await;
        self.child.kill().await.expect("it is killed");
        functions
    }

    /// Stops it as Ctrl-C does, and waits until it has.
    pub async fn stop(mut self) {
        let id = self.child.id().expect("it runs").to_string();
        let asked = Command::new("kill").args(["-INT", &id]).status().await.expect("kill runs");
        assert!(asked.success());
        let ended =
            tokio::time::timeout(DEADLINE, self.child.wait()).await.expect("it stops").expect("a status");
        assert!(ended.success(), "{ended}:\n{}", self.output.borrow().join("\n"));
    }
}

/// Waits until none of the processes is left.
pub async fn gone(processes: &BTreeSet<u32>) {
    let all_gone = async {
        let mut look = tokio::time::interval(POLL_INTERVAL);
        while running().await.iter().any(|(process, _)| processes.contains(process)) {
            look.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, all_gone).await.expect("orphaned functions end");
}

async fn children(parent: u32) -> BTreeSet<u32> {
    running().await.into_iter().filter(|(_, of)| *of == parent).map(|(process, _)| process).collect()
}

/// Returns every running process with its parent, without zombies.
async fn running() -> Vec<(u32, u32)> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).output().await.expect("ps runs");
    let text = String::from_utf8(listed.stdout).expect("text");
    let line = |line: &str| {
        let mut fields = line.split_whitespace();
        let (process, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        (!fields.next()?.starts_with('Z')).then_some((process, parent))
    };
    text.lines().filter_map(line).collect()
}

async fn listen(stream: impl AsyncRead + Unpin, output: watch::Sender<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        output.send_modify(|printed| printed.push(line));
    }
}
