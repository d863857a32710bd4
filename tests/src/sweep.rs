//! The crash sweep: orders are played with a fault at each of their calls in turn, then everything is redelivered, every
//! schedule fires, and the books must be as if nothing had happened.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use engines::faults::{Delivery, DeliveryFault, Fault, Site, Watched};
use futures::future::join_all;

use crate::books::Books;
use crate::customer::Customer;
use crate::scenario::Scenario;
use crate::shop::Shop;
use crate::story::Story;

/// An access token is good for ten minutes, and reading the books takes longer with each order: a shop is closed, and a new
/// one opened, when it has served for so long.
const SHIFT: Duration = Duration::from_secs(240);

/// After how many runs a long sweep says how far it is.
const PROGRESS: usize = 100;

/// One order with what goes wrong on its way.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which way it goes.
    pub scenario: Scenario,
    /// What goes wrong with calls, and with which.
    pub faults: Vec<(Site, Fault)>,
    /// What goes wrong with messages, and with which.
    pub deliveries: Vec<(Delivery, DeliveryFault)>,
    /// Whether it has to be the first order of its shop, whose functions have to start.
    pub cold: bool,
}

impl Run {
    /// An order on which nothing goes wrong yet, in a shop that has had others before.
    #[must_use]
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, faults: Vec::new(), deliveries: Vec::new(), cold: false }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.scenario)?;
        self.faults.iter().try_for_each(|(site, fault)| write!(f, ", {fault:?} at {site}"))?;
        self.deliveries.iter().try_for_each(|(delivery, fault)| write!(f, ", {delivery} {fault}"))
    }
}

/// Whether a mail may have come twice: SES took it, and its function lost SES's answer, or was killed, before it could write
/// that down. A killed process takes all messages of its batch along, so the fatal call need not be the mail's own.
fn may_mail_twice(watched: &Watched) -> bool {
    watched.fired.iter().any(|(site, fault)| {
        let before = watched.calls.iter().take_while(|call| *call != site);
        let sent = before.filter(|call| call.action == "ses:SendEmail").count() > 0;
        let sends = site.action == "ses:SendEmail";
        match fault {
            Fault::KilledBefore => site.function == "send-notification" && sent,
            Fault::KilledAfter => site.function == "send-notification" && (sent || sends),
            Fault::AnswerLost | Fault::Late => sends,
            Fault::Throttled | Fault::Conflict | Fault::Failed => false,
        }
    })
}

/// An undisturbed order: the calls that it takes, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its calls, in their order.
    pub calls: Vec<Site>,
    /// Calls that only the first order of a shop takes, because functions make them when they start.
    pub cold_calls: Vec<Site>,
    /// Its messages, in their order.
    pub messages: Vec<Delivery>,
    /// What becomes of it.
    pub story: Story,
}

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct Report {
    /// Orders played.
    pub runs: usize,
    /// Faults that were planned, and those that came about: behind a first fault a second may find no call any more.
    pub planned: usize,
    /// See `planned`.
    pub fired: usize,
    /// Runs on which something that was planned did not come about.
    pub tame: Vec<String>,
    /// Mails that came twice, as they may after a crash between sending and recording.
    pub mailed_twice: usize,
    /// What was not as it must be, a line each.
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
    let shop = Shop::open_for_faults().await;
    let customer = shop.customer("Ada Lovelace").await;
    let mut baselines = BTreeMap::new();
    for scenario in Scenario::ALL {
        shop.cloud().faults().watch();
        scenario.play(&customer, &format!("first-{scenario:?}")).await.expect("it plays undisturbed");
        let first = shop.cloud().faults().stop().calls;
        shop.recover().await.expect("it comes to rest");
        shop.cloud().faults().watch();
        let order = scenario.play(&customer, &format!("{scenario:?}")).await.expect("it plays undisturbed");
        let Watched { calls, deliveries, .. } = shop.cloud().faults().stop();
        let messages = deliveries.into_iter().map(of_any_stack).collect();
        shop.recover().await.expect("it comes to rest");
        let cold_calls = first.into_iter().filter(|site| !calls.contains(site)).collect();
        let books = Books::of(&shop).await;
        let (story, twice) = Story::of(&books, &customer, order).expect("the order is there");
        assert_eq!((books.violations(), twice), (Vec::new(), Vec::new()), "{scenario:?} undisturbed");
        baselines.insert(scenario, Baseline { cold_calls, calls, messages, story });
    }
    shop.close().await;
    baselines
}

/// A delivery of a queue as its template calls it: another shop's stack may have another name.
fn of_any_stack(delivery: Delivery) -> Delivery {
    let queue = delivery.queue.rsplit('-').next().unwrap_or_default().to_owned();
    Delivery { queue, ..delivery }
}

/// Plays the runs in so many shops side by side.
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
    while run.is_some() {
        let shop = Shop::open_for_faults().await;
        let customer = shop.customer("Ada Lovelace").await;
        let (opened, mut number) = (Instant::now(), 0);
        if run.as_ref().is_some_and(|run| !run.cold) {
            warm_up(&customer).await;
        }
        while let Some(this) = run.take() {
            number += 1;
            let came = play(baselines, &customer, &this, &format!("order-{number}")).await;
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            report.runs += 1;
            if report.runs.is_multiple_of(PROGRESS) {
                println!("{} runs, {} violations", report.runs, report.violations.len());
            }
            report.fired += came.fired;
            if came.fired < this.faults.len() + this.deliveries.len() {
                report.tame.push(this.to_string());
            }
            report.mailed_twice += came.mailed_twice;
            let wrong = !came.violations.is_empty();
            report.violations.extend(came.violations.iter().map(|what| format!("{this}: {what}")));
            run = next();
            // What one run has spoilt must not be laid at the next one's door.
            if wrong || opened.elapsed() > SHIFT || run.as_ref().is_some_and(|run| run.cold) {
                break;
            }
        }
        drop(customer);
        shop.abandon().await;
    }
}

/// Orders that have every function started that an order needs.
async fn warm_up(customer: &Customer<'_>) {
    for scenario in [Scenario::Happy, Scenario::Cancelled] {
        scenario.play(customer, &format!("warm-{scenario:?}")).await.expect("it plays undisturbed");
    }
    customer.shop().recover().await.expect("it comes to rest");
}

#[derive(Default)]
struct Came {
    fired: usize,
    mailed_twice: usize,
    violations: Vec<String>,
}

async fn play(
    baselines: &BTreeMap<Scenario, Baseline>,
    customer: &Customer<'_>,
    run: &Run,
    key: &str,
) -> Came {
    let (shop, mut came) = (customer.shop(), Came::default());
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
    came.fired = watched.fired.len() + watched.misdelivered.len();
    let order = match played {
        Ok(order) => order,
        Err(why) => {
            came.violations.push(why);
            return came;
        }
    };
    if let Err(why) = shop.recover().await {
        came.violations.push(why);
    }
    let books = Books::of(shop).await;
    came.violations.extend(books.violations());
    match (Story::of(&books, customer, order), baselines.get(&run.scenario)) {
        (Ok((story, twice)), Some(baseline)) => {
            if story != baseline.story {
                came.violations.push(format!("it ended as {story:?}, not as {:?}", baseline.story));
            }
            came.mailed_twice = twice.len();
            if !twice.is_empty() && !may_mail_twice(&watched) {
                came.violations.push(format!("mailed twice: {twice:?}"));
            }
        }
        (Err(why), _) => came.violations.push(why),
        (_, None) => came.violations.push("nothing to compare it with".to_owned()),
    }
    came
}
