//! The planned faults and the record of calls.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;

use sha2::{Digest, Sha256};

use super::delivery::{Delivery, DeliveryFault};
use super::site::{Fault, Site};

/// The record from [`super::Faults::watch`] to [`super::Faults::stop`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// The calls, in order.
    pub calls: Vec<Site>,
    /// The faults injected into them.
    pub fired: Vec<(Site, Fault)>,
    /// The messages, as they were first received.
    pub deliveries: Vec<Delivery>,
    /// The faults injected into them.
    pub misdelivered: Vec<(Delivery, DeliveryFault)>,
}

/// The planned faults and the record so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// `None` until counting starts.
    watched: Option<Watched>,
    /// Whether calls and messages are counted without being listed.
    unlisted: bool,
    calls: HashMap<(String, String), u32>,
    messages: HashMap<String, u32>,
    at: BTreeMap<Site, Fault>,
    rates: Option<Rates<Fault>>,
    deliveries: Vec<(String, u32, DeliveryFault)>,
    delivery_rates: Option<Rates<DeliveryFault>>,
    /// Functions whose processes are being killed.
    dying: HashSet<String>,
}

/// A call that comes too late: its process is being killed, so the call has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dying;

impl Plan {
    pub(super) fn watch(&mut self) {
        self.calls.clear();
        self.messages.clear();
        self.unlisted = false;
        self.watched = Some(Watched::default());
    }

    pub(super) fn upcoming(&mut self, next: Site, calls: u32, fault: Fault) {
        if self.watched.is_none() {
            self.watch();
            self.unlisted = true;
        }
        let before = self.calls_of(&next);
        for nth in next.nth..next.nth.saturating_add(calls) {
            self.at.insert(Site { nth: before.saturating_add(nth), ..next.clone() }, fault);
        }
    }

    pub(super) fn planned(&self) -> Vec<(Site, Fault)> {
        let from_now =
            |site: &Site| Site { nth: site.nth.saturating_sub(self.calls_of(site)), ..site.clone() };
        self.at.iter().map(|(site, fault)| (from_now(site), *fault)).collect()
    }

    fn calls_of(&self, site: &Site) -> u32 {
        self.calls.get(&(site.function.clone(), site.action.clone())).copied().unwrap_or_default()
    }

    pub(super) fn at(&mut self, site: Site, fault: Fault) {
        self.at.insert(site, fault);
    }

    pub(super) fn rates(&mut self, seed: u64, rates: &[(Fault, f64)]) {
        self.rates = Some(Rates { seed, rates: rates.to_vec() });
    }

    pub(super) fn deliveries(&mut self, faults: &[(&str, u32, DeliveryFault)]) {
        let faults = faults.iter().map(|(queue, nth, fault)| ((*queue).to_owned(), *nth, *fault));
        self.deliveries.extend(faults);
    }

    pub(super) fn delivery_rates(&mut self, seed: u64, rates: &[(DeliveryFault, f64)]) {
        self.delivery_rates = Some(Rates { seed, rates: rates.to_vec() });
    }

    pub(super) fn stop(&mut self) -> Watched {
        let ended = Self { dying: self.dying.clone(), ..Self::default() };
        std::mem::replace(self, ended).watched.unwrap_or_default()
    }

    pub(super) fn seen(&self) -> &Watched {
        static NOTHING: Watched = Watched {
            calls: Vec::new(),
            fired: Vec::new(),
            deliveries: Vec::new(),
            misdelivered: Vec::new(),
        };
        self.watched.as_ref().unwrap_or(&NOTHING)
    }

    /// Decides the outcome of a function's next call of an action. From a fatal call until [`Self::dead`], its function
    /// makes no other call, so the calls recorded before the fatal one are all that the killed processes made.
    pub(super) fn call(&mut self, function: &str, action: &str) -> Result<Option<Fault>, Dying> {
        if self.dying.contains(function) {
            return Err(Dying);
        }
        let fault = self.fate(function, action);
        if matches!(fault, Some(Fault::KilledBefore | Fault::KilledAfter)) {
            self.dying.insert(function.to_owned());
        }
        Ok(fault)
    }

    /// Records that a function's processes are dead.
    pub(super) fn dead(&mut self, function: &str) {
        self.dying.remove(function);
    }

    fn fate(&mut self, function: &str, action: &str) -> Option<Fault> {
        let watched = self.watched.as_mut()?;
        let nth = self.calls.entry((function.to_owned(), action.to_owned())).or_default();
        *nth += 1;
        let site = Site { function: function.to_owned(), action: action.to_owned(), nth: *nth };
        if !self.unlisted {
            watched.calls.push(site.clone());
        }
        let planned = self.at.remove(&site);
        let fault =
            planned.or_else(|| self.rates.as_ref()?.of(&site)).filter(|fault| fault.applies_to(action));
        if let Some(fault) = fault {
            tracing::debug!(%site, %fault, "a fault");
            watched.fired.push((site, fault));
        }
        fault
    }

    /// Decides the outcome of a queue's next message.
    pub(super) fn delivery(&mut self, queue: &str) -> Option<(Delivery, DeliveryFault)> {
        let watched = self.watched.as_mut()?;
        let nth = self.messages.entry(queue.to_owned()).or_default();
        *nth += 1;
        let delivery = Delivery { queue: queue.to_owned(), nth: *nth };
        if !self.unlisted {
            watched.deliveries.push(delivery.clone());
        }
        let mut planned = self.deliveries.iter();
        let planned = planned.position(|(name, nth, _)| *nth == delivery.nth && queue.ends_with(name));
        let planned = planned.map(|index| self.deliveries.swap_remove(index).2);
        let fault = planned.or_else(|| self.delivery_rates.as_ref()?.of(&delivery))?;
        tracing::debug!(%delivery, %fault, "a fault");
        watched.misdelivered.push((delivery.clone(), fault));
        Some((delivery, fault))
    }
}

/// The share of calls or messages that fail, and their faults.
#[derive(Debug)]
struct Rates<F> {
    seed: u64,
    rates: Vec<(F, f64)>,
}

impl<F: Copy> Rates<F> {
    fn of(&self, place: &impl Display) -> Option<F> {
        let hash = Sha256::digest(format!("{} {place}", self.seed));
        let (first, _) = hash.split_first_chunk::<4>()?;
        let mut left = f64::from(u32::from_be_bytes(*first)) / (f64::from(u32::MAX) + 1.0);
        self.rates.iter().find_map(|(fault, rate)| {
            left -= rate;
            (left < 0.0).then_some(*fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(nth: u32) -> Site {
        Site { function: "place-order".to_owned(), action: "dynamodb:PutItem".to_owned(), nth }
    }

    #[test]
    fn calls_before_watch_are_not_counted() {
        let mut plan = Plan::default();
        plan.at(site(1), Fault::Failed);
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(None));
        assert_eq!(plan.delivery("work"), None);
        assert_eq!((plan.calls.len(), plan.messages.len()), (0, 0));
        plan.watch();
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(Some(Fault::Failed)));
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(None));
        assert_eq!(plan.seen().calls, [site(1), site(2)]);
        plan.watch();
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(None), "it fires once");
        let watched = plan.stop();
        assert_eq!((watched.calls, watched.fired), (vec![site(1)], Vec::new()));
        assert_eq!(plan.seen(), &Watched::default());
    }

    #[test]
    fn upcoming_calls_are_counted_from_now_and_not_listed() {
        let mut plan = Plan::default();
        plan.upcoming(site(2), 2, Fault::Throttled);
        assert_eq!(plan.planned(), [(site(2), Fault::Throttled), (site(3), Fault::Throttled)]);
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(None));
        plan.upcoming(site(3), 1, Fault::Late);
        let planned = [(site(1), Fault::Throttled), (site(2), Fault::Throttled), (site(3), Fault::Late)];
        assert_eq!(plan.planned(), planned);
        for fault in [Fault::Throttled, Fault::Throttled, Fault::Late] {
            assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(Some(fault)));
        }
        assert_eq!(plan.planned(), []);
        assert_eq!((plan.seen().calls.len(), plan.seen().fired.len()), (0, 3));
        plan.upcoming(site(1), 1, Fault::Late);
        plan.stop();
        assert_eq!((plan.planned(), plan.call("place-order", "dynamodb:PutItem")), (vec![], Ok(None)));
    }

    #[test]
    fn a_function_that_is_being_killed_makes_no_other_call() {
        let mut plan = Plan::default();
        plan.watch();
        plan.at(site(1), Fault::KilledAfter);
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(Some(Fault::KilledAfter)));
        assert_eq!(plan.call("place-order", "dynamodb:GetItem"), Err(Dying));
        assert_eq!(plan.call("get-order", "dynamodb:GetItem"), Ok(None));
        assert_eq!(plan.seen().calls.len(), 2);
        plan.stop();
        assert_eq!(plan.call("place-order", "dynamodb:GetItem"), Err(Dying));
        plan.dead("place-order");
        assert_eq!(plan.call("place-order", "dynamodb:GetItem"), Ok(None));
    }

    #[test]
    fn a_conflict_applies_only_to_transactions() {
        let mut plan = Plan::default();
        plan.watch();
        plan.rates(1, &[(Fault::Conflict, 1.0)]);
        assert_eq!(plan.call("place-order", "dynamodb:PutItem"), Ok(None));
        assert_eq!(plan.call("place-order", "dynamodb:TransactWriteItems"), Ok(Some(Fault::Conflict)));
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_at_the_requested_rate() {
        let fates = |seed| {
            let mut plan = Plan::default();
            plan.watch();
            plan.rates(seed, &[(Fault::Throttled, 0.3), (Fault::Late, 0.05)]);
            let mut fates = Vec::new();
            fates.resize_with(10_000, || plan.call("place-order", "dynamodb:PutItem"));
            fates
        };
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
        let share = |fault| fates(7).iter().filter(|fate| **fate == Ok(Some(fault))).count();
        assert!((2_800..3_200).contains(&share(Fault::Throttled)), "{}", share(Fault::Throttled));
        assert!((400..600).contains(&share(Fault::Late)), "{}", share(Fault::Late));
    }

    #[test]
    fn a_fault_finds_its_queue_by_a_suffix_of_the_name() {
        let mut plan = Plan::default();
        plan.watch();
        plan.deliveries(&[("OrderEventsQueue", 2, DeliveryFault::Dropped)]);
        assert_eq!(plan.delivery("bodega-OrderEventsQueue"), None);
        assert_eq!(plan.delivery("bodega-StockCommandsQueue"), None);
        let (delivery, fault) = plan.delivery("bodega-OrderEventsQueue").unwrap();
        assert_eq!(
            (delivery.to_string().as_str(), fault),
            ("bodega-OrderEventsQueue #2", DeliveryFault::Dropped)
        );
        assert_eq!(plan.stop().misdelivered, [(delivery, fault)]);
    }
}
