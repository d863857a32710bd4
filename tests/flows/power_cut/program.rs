//! `cargo dev` itself, as a process of its own: started over a folder of data, killed, and started again.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Longer than it takes to start on any machine; reached only when something hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often the system is asked whether a process is still there: it tells nobody but the parent, which is dead.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What it says when customers can come.
const OPEN: &str = "Bodega is ready.";

/// Where it listens: the same places each time, as with anybody's `cargo dev`.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    front_door: u16,
    aws: u16,
    console: u16,
}

impl Ports {
    /// Three that are free. They are below those that systems give to whoever asks for any, so that nobody is given them
    /// while the program is down.
    pub fn free() -> Self {
        let first = 10_000 + u16::try_from(std::process::id() % 10_000).expect("below 10,000");
        let mut free = (first..30_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
        let mut next = || free.next().expect("a free port");
        Self { front_door: next(), aws: next(), console: next() }
    }

    /// The URL of a path of the shop.
    pub fn shop(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.front_door)
    }

    /// The URL of a path of the console.
    pub fn console(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.console)
    }
}

/// A running `cargo dev`.
pub struct Program {
    child: Child,
    /// What it has printed, the functions' logs included.
    said: watch::Sender<Vec<String>>,
}

impl Program {
    /// Starts it over the data of earlier runs, and waits until the shop is open.
    pub async fn open(data: &Path, ports: &Ports) -> Self {
        let program = Self::start(data, ports).await;
        program.until(&[OPEN]).await;
        program
    }

    /// Starts it over the data of earlier runs, and waits until it is about to work on what they have left.
    pub async fn half_open(data: &Path, ports: &Ports) -> Self {
        let program = Self::start(data, ports).await;
        program.until(&["are in their queues again", OPEN]).await;
        program
    }

    async fn start(data: &Path, ports: &Ports) -> Self {
        let mut child = Command::new(tests::binaries().await.join("dev"))
            .env("CARGO_MANIFEST_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../local/dev"))
            // In cargo's place: everything is built.
            .env("CARGO", "true")
            .arg("--data")
            .arg(data)
            .args(["--port", &ports.front_door.to_string()])
            .args(["--aws-port", &ports.aws.to_string()])
            .args(["--console-port", &ports.console.to_string()])
            // What is audited is the test's own.
            .arg("--no-samples")
            // Longer than a claim to a mail holds that a function has taken with it.
            .args(["--redelivery", "12"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let said = watch::Sender::default();
        tokio::spawn(listen(child.stdout.take().expect("its output"), said.clone()));
        tokio::spawn(listen(child.stderr.take().expect("its errors"), said.clone()));
        Self { child, said }
    }

    /// Waits until it says one of these.
    async fn until(&self, words: &[&str]) {
        let mut said = self.said.subscribe();
        let heard =
            said.wait_for(|lines| lines.iter().any(|line| words.iter().any(|word| line.contains(word))));
        let heard = tokio::time::timeout(DEADLINE, heard).await.is_ok();
        assert!(heard, "it does not say {words:?}:\n{}", self.said.borrow().join("\n"));
    }

    /// Kills it as `kill -9` does, and gives the processes of functions that it leaves behind.
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
        assert!(ended.success(), "{ended}:\n{}", self.said.borrow().join("\n"));
    }
}

/// Waits until none of the processes is left.
pub async fn gone(processes: &BTreeSet<u32>) {
    let all_gone = async {
        let mut look = tokio::time::interval(LOOK_AGAIN);
        while running().await.iter().any(|(process, _)| processes.contains(process)) {
            look.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, all_gone).await.expect("functions end when nobody runs them any more");
}

async fn children(parent: u32) -> BTreeSet<u32> {
    running().await.into_iter().filter(|(_, of)| *of == parent).map(|(process, _)| process).collect()
}

/// Every process that runs, with its parent. (One that has ended and that nobody has asked about runs no more.)
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

async fn listen(output: impl AsyncRead + Unpin, said: watch::Sender<Vec<String>>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        said.send_modify(|said| said.push(line));
    }
}
