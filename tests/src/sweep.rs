//! The crash sweep: plays orders with a fault at each of their calls in turn, then redelivers everything and fires
//! every schedule. The books must match those of an undisturbed order.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::words::capture::CaptureMode;
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
        let mut customer = shop.customer("Ada Lovelace").await;
        let (opened, mut number) = (Instant::now(), 0);
        if run.as_ref().is_some_and(|run| !run.cold) {
            warm_up(&customer).await;
        }
        while let Some(this) = run.take() {
            if number % ORDERS_PER_CUSTOMER == 0 && !this.cold {
                customer = shop.customer(&format!("Customer {number}")).await;
                shop.settle().await;
            }
            number += 1;
            let played = play(baselines, &customer, &this, &format!("order-{number}")).await;
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.runs += 1;
            if report.runs.is_multiple_of(PROGRESS) {
                println!("{} runs, {} violations", report.runs, report.violations.len());
            }
            report.fired += played.fired;
            if played.fired < this.faults.len() + this.deliveries.len() {
                report.unfired.push(this.to_string());
            }
            report.mailed_twice += played.mailed_twice;
            let wrong = !played.violations.is_empty();
            report.violations.extend(played.violations.iter().map(|what| format!("{this}: {what}")));
            run = next();
            // The effects of a failed run must not be attributed to the next one.
            let needs_another = run.as_ref().is_some_and(|run| run.cold || run.scenario.capture() != capture);
            if wrong || opened.elapsed() > SHIFT || needs_another {
                break;
            }
        }
        drop(customer);
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

#[derive(Default)]
struct Played {
    fired: usize,
    mailed_twice: usize,
    violations: Vec<String>,
}

async fn play(
    baselines: &BTreeMap<Scenario, Baseline>,
    customer: &Customer<'_>,
    run: &Run,
    key: &str,
) -> Played {
    let (shop, mut result) = (customer.shop(), Played::default());
    let faults = shop.cloud().faults();
    faults.watch();
    run.faults.iter().for_each(|(site, fault)| faults.at(site.clone(), *fault));
    let deliveries =
        run.deliveries.iter().map(|(message, fault)| (shop.queue(&message.queue), message.nth, *fault));
    let deliveries: Vec<_> = deliveries.collect();
    let deliveries = deliveries.iter().map(|(queue, nth, fault)| (queue.as_str(), *nth, *fault));
    faults.deliveries(&deliveries.collect::<Vec<_>>());
    let played = run.scenario.play(customer, key).await;
    let watched = faults.stop();
    result.fired = watched.fired.len() + watched.misdelivered.len();
    let order = match played {
        Ok(order) => order,
        Err(why) => {
            result.violations.push(why);
            return result;
        }
    };
    if run.unattended {
        result.violations.extend(leave_for_a_day(shop).await);
        let books = Books::of(shop).await;
        match Story::of(&books, customer, order) {
            Ok((_, twice)) if twice.is_empty() => {}
            Ok((_, twice)) => result.violations.push(format!("mailed twice: {twice:?}")),
            Err(why) => result.violations.push(why),
        }
        return result;
    }
    if let Err(why) = shop.recover().await {
        result.violations.push(why);
    }
    let books = Books::of(shop).await;
    result.violations.extend(books.violations());
    match (Story::of(&books, customer, order), baselines.get(&run.scenario)) {
        (Ok((story, twice)), Some(baseline)) => {
            if story != baseline.story {
                result.violations.push(format!("it ended as {story:?}, not as {:?}", baseline.story));
            }
            result.mailed_twice = twice.len();
            if !twice.is_empty() && !may_mail_twice(&watched) {
                result.violations.push(format!("mailed twice: {twice:?}"));
            }
        }
        (Err(why), _) => result.violations.push(why),
        (_, None) => result.violations.push("the scenario has no baseline".to_owned()),
    }
    result
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
    wrong.extend(Books::of(shop).await.violations());
    wrong
}
