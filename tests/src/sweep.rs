//! The crash sweep: plays orders with a fault at each of their calls in turn, then redelivers everything and fires
//! every schedule. The books must match those of an undisturbed order.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::words::capture::CaptureMode;
use domain::words::id::{OrderId, PaymentId};
use engines::faults::{Delivery, DeliveryFault, Fault, Site, Watched};
use futures::future::join_all;

use crate::books::{Books, UNHEARD};
use crate::customer::Customer;
use crate::scenario::Scenario;
use crate::shop::Shop;
use crate::story::Story;

/// How long a shop is used before a new one replaces it. An access token is valid for ten minutes, and reading the
/// books takes longer with each order.
const SHIFT: Duration = Duration::from_secs(240);

/// The number of orders per customer. None of them has to look for a free slot, so all make the same calls.
const ORDERS_PER_CUSTOMER: usize = 3;

/// The number of orders that recover together. To fire every schedule at several times, and to read the books, takes longer than to play
/// an order. What a fault has stopped in an operation goes on before the next order is placed, so none disturbs another.
const RECOVERED_TOGETHER: usize = 8;

/// The number of runs between progress messages.
const PROGRESS: usize = 100;

/// One order and the faults to inject into it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The order's path through the shop.
    pub scenario: Scenario,
    /// Faults of calls.
    pub faults: Vec<(Site, Fault)>,
    /// Faults of message deliveries.
    pub deliveries: Vec<(Delivery, DeliveryFault)>,
    /// Whether it must be the first order of its shop, so that functions have to start.
    pub cold: bool,
    /// Whether dead letters are redriven only after a day, when every schedule has fired and every hold has ended.
    pub unattended: bool,
}

impl Run {
    /// Returns a run without faults, in a shop whose functions already run.
    #[must_use]
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, faults: Vec::new(), deliveries: Vec::new(), cold: false, unattended: false }
    }

    /// Returns whether it recovers by itself: it is left for a day, or its shop is for it alone, or one of its faults is in a schedule,
    /// which leaves to its next run what it could not do.
    fn recovers_alone(&self, shop: &Shop) -> bool {
        let is_schedule = |function: &str| shop.cloud().sources().scheduled().any(|name| name == function);
        self.unattended || self.cold || self.faults.iter().any(|(site, _)| is_schedule(&site.function))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.scenario)?;
        self.faults.iter().try_for_each(|(site, fault)| write!(f, ", {fault:?} at {site}"))?;
        self.deliveries.iter().try_for_each(|(delivery, fault)| write!(f, ", {delivery} {fault}"))?;
        if self.unattended { write!(f, ", for a day") } else { Ok(()) }
    }
}

/// Returns whether a mail may have been sent twice: SES accepted it, and its function lost SES's answer or was killed
/// before it could record that. A killed process loses all messages of its batch, so the fatal call may belong to
/// another message.
fn may_mail_twice(watched: &Watched) -> bool {
    watched.fired.iter().any(|(site, fault)| {
        let before = watched.calls.iter().take_while(|call| *call != site);
        let sent = before.filter(|call| call.action == "ses:SendRawEmail").count() > 0;
        let sends = site.action == "ses:SendRawEmail";
        match fault {
            Fault::KilledBefore => site.function == "send-notification" && sent,
            Fault::KilledAfter => site.function == "send-notification" && (sent || sends),
            Fault::AnswerLost | Fault::Late => sends,
            Fault::Throttled | Fault::Conflict | Fault::Failed => false,
        }
    })
}

/// The calls, messages and outcome of an undisturbed order.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its calls, in order.
    pub calls: Vec<Site>,
    /// Calls that only the first order of a shop causes, because functions make them when they start.
    pub cold_calls: Vec<Site>,
    /// Its messages, in order.
    pub messages: Vec<Delivery>,
    /// Its outcome.
    pub story: Story,
}

/// The outcome of a sweep.
#[derive(Debug, Default)]
pub struct Report {
    /// The number of orders played.
    pub runs: usize,
    /// The number of planned faults.
    pub planned: usize,
    /// The number of faults that occurred. After a first fault, the call of a second one may no longer be made.
    pub fired: usize,
    /// Runs in which a planned fault did not occur.
    pub unfired: Vec<String>,
    /// The number of mails that were sent twice, which is allowed after a crash between send and record.
    pub mailed_twice: usize,
    /// Violated invariants, one line each.
    pub violations: Vec<String>,
}

impl Report {
    fn add(&mut self, together: &[Played<'_>], verdict: Verdict) {
        self.mailed_twice += verdict.mailed_twice;
        self.violations.extend(verdict.violations);
        for Played { run, watched, .. } in together {
            self.runs += 1;
            let fired = watched.fired.len() + watched.misdelivered.len();
            self.fired += fired;
            if fired < run.faults.len() + run.deliveries.len() {
                self.unfired.push(run.to_string());
            }
            if self.runs.is_multiple_of(PROGRESS) {
                println!("{} runs, {} violations", self.runs, self.violations.len());
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, planned, fired, mailed_twice, violations, .. } = self;
        write!(f, "{runs} runs, {fired} of {planned} faults fired, ")?;
        write!(f, "{mailed_twice} mails sent twice after a crash between send and record, ")?;
        write!(f, "{} violations", violations.len())?;
        violations.iter().try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}

/// Plays every scenario undisturbed.
pub async fn baselines() -> BTreeMap<Scenario, Baseline> {
    let mut baselines = BTreeMap::new();
    for capture in [CaptureMode::Automatic, CaptureMode::OnShipment] {
        baselines.extend(baselines_of(capture).await);
    }
    baselines
}

/// Plays the scenarios of one mode. A shop captures the money of all orders in the same.
async fn baselines_of(capture: CaptureMode) -> BTreeMap<Scenario, Baseline> {
    let shop = Shop::open_for_faults_with(capture).await;
    let mut baselines = BTreeMap::new();
    for scenario in Scenario::ALL.into_iter().filter(|scenario| scenario.capture() == capture) {
        let customer = shop.customer(&format!("{scenario:?} Customer")).await;
        shop.settle().await;
        shop.cloud().faults().watch();
        scenario
            .play(&customer, &format!("first-{scenario:?}"))
            .await
            .expect("an undisturbed order succeeds");
        let first = shop.cloud().faults().stop().calls;
        shop.recover().await.expect("the shop comes to rest");
        shop.cloud().faults().watch();
        let order =
            scenario.play(&customer, &format!("{scenario:?}")).await.expect("an undisturbed order succeeds");
        let Watched { calls, deliveries, .. } = shop.cloud().faults().stop();
        let messages = deliveries.into_iter().map(without_stack_name).collect();
        shop.recover().await.expect("the shop comes to rest");
        let cold_calls = first.into_iter().filter(|site| !calls.contains(site)).collect();
        let books = Books::of(&shop).await;
        let (story, twice) = Story::of(&books, &customer, order).expect("the order exists");
        assert_eq!((books.violations(), twice), (Vec::new(), Vec::new()), "{scenario:?} undisturbed");
        baselines.insert(scenario, Baseline { cold_calls, calls, messages, story });
    }
    shop.close().await;
    baselines
}

/// Replaces the queue's full name by its own (`stock-commands`), because each shop's stack may have another name.
fn without_stack_name(delivery: Delivery) -> Delivery {
    let parts: Vec<&str> = delivery.queue.rsplitn(3, '-').take(2).collect();
    let queue = parts.into_iter().rev().collect::<Vec<_>>().join("-");
    Delivery { queue, ..delivery }
}

/// Plays the runs, spread over this many concurrent shops.
pub async fn sweep(baselines: &BTreeMap<Scenario, Baseline>, runs: Vec<Run>, shops: usize) -> Report {
    let planned = runs.iter().map(|run| run.faults.len() + run.deliveries.len()).sum();
    let left = Mutex::new(VecDeque::from(runs));
    let report = Mutex::new(Report { planned, ..Report::default() });
    join_all((0..shops).map(|_| work(baselines, &left, &report))).await;
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

async fn work(baselines: &BTreeMap<Scenario, Baseline>, left: &Mutex<VecDeque<Run>>, report: &Mutex<Report>) {
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut run = next();
    while let Some(capture) = run.as_ref().map(|run| run.scenario.capture()) {
        let shop = Shop::open_for_faults_with(capture).await;
        let mut customer = Arc::new(shop.customer("Ada Lovelace").await);
        let (opened, mut number, mut together) = (Instant::now(), 0, Vec::new());
        if run.as_ref().is_some_and(|run| !run.cold) {
            warm_up(&customer).await;
        }
        while let Some(this) = run.take() {
            if number % ORDERS_PER_CUSTOMER == 0 && !this.cold {
                customer = Arc::new(shop.customer(&format!("Customer {number}")).await);
                shop.settle().await;
            }
            number += 1;
            let is_alone = this.recovers_alone(&shop);
            let played = play(Arc::clone(&customer), this, &format!("order-{number}")).await;
            let has_failed = played.order.is_err();
            together.push(played);
            run = next();
            let goes_on = run.as_ref().is_some_and(|run| !run.cold && run.scenario.capture() == capture);
            let is_over = !goes_on || opened.elapsed() > SHIFT;
            let others_follow = run.as_ref().is_some_and(|run| !run.recovers_alone(&shop));
            if !is_over && !has_failed && !is_alone && others_follow && together.len() < RECOVERED_TOGETHER {
                continue;
            }
            let verdict = judge(baselines, &shop, &together).await;
            // The effects of a failed run must not be attributed to the next one.
            let is_over = is_over || !verdict.violations.is_empty();
            report.lock().unwrap_or_else(PoisonError::into_inner).add(&together, verdict);
            together.clear();
            if is_over {
                break;
            }
        }
        drop((customer, together));
        shop.abandon().await;
    }
}

/// Plays orders that start every function an order needs.
async fn warm_up(customer: &Customer<'_>) {
    for scenario in [Scenario::Happy, Scenario::Cancelled] {
        scenario.play(customer, &format!("warm-{scenario:?}")).await.expect("an undisturbed order succeeds");
    }
    customer.shop().recover().await.expect("the shop comes to rest");
}

/// An order that was played, and has not recovered yet.
struct Played<'s> {
    run: Run,
    customer: Arc<Customer<'s>>,
    /// The order, or why there is none.
    order: Result<OrderId, String>,
    watched: Watched,
}

async fn play<'s>(customer: Arc<Customer<'s>>, run: Run, key: &str) -> Played<'s> {
    let shop = customer.shop();
    let faults = shop.cloud().faults();
    faults.watch();
    run.faults.iter().for_each(|(site, fault)| faults.at(site.clone(), *fault));
    let deliveries =
        run.deliveries.iter().map(|(message, fault)| (shop.queue(&message.queue), message.nth, *fault));
    let deliveries: Vec<_> = deliveries.collect();
    let deliveries = deliveries.iter().map(|(queue, nth, fault)| (queue.as_str(), *nth, *fault));
    faults.deliveries(&deliveries.collect::<Vec<_>>());
    let order = run.scenario.play(&customer, key).await;
    let watched = faults.stop();
    Played { run, customer, order, watched }
}

/// The outcome of orders that have recovered together.
struct Verdict {
    mailed_twice: usize,
    /// Each with the runs that may have caused it.
    violations: Vec<String>,
}

/// Has the shop recover, and reads its books.
async fn judge(baselines: &BTreeMap<Scenario, Baseline>, shop: &Shop, together: &[Played<'_>]) -> Verdict {
    let mut of_all = Vec::new();
    if together.iter().any(|played| played.run.unattended) {
        of_all.extend(leave_for_a_day(shop).await);
    } else {
        of_all.extend(shop.recover().await.err());
    }
    let books = Books::of(shop).await;
    of_all.extend(books.violations());
    let of_all = of_all.iter().map(|line| format!("{}: {line}", suspects(together, line)));
    let mut verdict = Verdict { mailed_twice: 0, violations: of_all.collect() };
    for played in together {
        let (twice, wrong) = played.outcome(&books, baselines).unwrap_or_else(|why| (Vec::new(), vec![why]));
        verdict.mailed_twice += twice.len();
        verdict.violations.extend(wrong.iter().map(|what| format!("{}: {what}", played.run)));
    }
    verdict
}

/// Returns the runs whose order a violation names; all of them if it names none.
fn suspects(together: &[Played<'_>], violation: &str) -> String {
    let is_named = |played: &&Played<'_>| {
        let names = |id: String| violation.contains(&id);
        played
            .order
            .as_ref()
            .is_ok_and(|order| names(order.to_string()) || names(PaymentId::of(*order).to_string()))
    };
    let named: Vec<&Played<'_>> = together.iter().filter(is_named).collect();
    let runs = if named.is_empty() { together.iter().collect() } else { named };
    runs.iter().map(|played| played.run.to_string()).collect::<Vec<_>>().join(" | ")
}

impl Played<'_> {
    /// Returns the subjects of mails that were sent twice, and what of its outcome differs from that of an undisturbed order. One that was
    /// left for a day may have ended in another way.
    fn outcome(
        &self,
        books: &Books,
        baselines: &BTreeMap<Scenario, Baseline>,
    ) -> Result<(Vec<String>, Vec<String>), String> {
        let (story, twice) = Story::of(books, &self.customer, self.order.clone()?)?;
        let baseline = baselines.get(&self.run.scenario).ok_or("the scenario has no baseline")?;
        let mut wrong = Vec::new();
        if !self.run.unattended && story != baseline.story {
            wrong.push(format!("it ended as {story:?}, not as {:?}", baseline.story));
        }
        if !twice.is_empty() && (self.run.unattended || !may_mail_twice(&self.watched)) {
            wrong.push(format!("mailed twice: {twice:?}"));
        }
        Ok((twice, wrong))
    }
}

/// Leaves dead letters where they are for a day, then redrives them. The books must balance both times: an order may end
/// in another way than an undisturbed one, but with its money and its pieces.
async fn leave_for_a_day(shop: &Shop) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(shop.recover_without_redrive().await.err());
    let after_a_day = Books::of(shop).await.violations().into_iter();
    // What an order has not heard of is in the dead letter. Its money is right all the same. Nor can the stock count what comes back while
    // its message is there, or the one that says that it was sold: these pieces are on the shelf, and nobody else is sold them.
    wrong.extend(after_a_day.filter(|line| !line.ends_with("dead-letters") && !line.contains(UNHEARD)));
    wrong.extend(shop.redeliver().await.err());
    wrong
}
