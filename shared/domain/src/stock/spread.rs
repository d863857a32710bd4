//! The stock of a SKU in all its rows. A piece is in one row at a time, and every row balances by itself.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use super::{
    Adjusted, Availability, Backorder, Delta, LowAt, LowList, Movement, Shard, Shards, Spread, StockItem,
    StockRefusal, Taken, Within,
};
use crate::events::{ProductEvent, StockLow};
use crate::words::goods::Sku;
use crate::words::id::OrderId;
use crate::words::line::PricedLine;

/// The stock of a SKU: its own row, and those of its shards that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// Its own row.
    pub item: StockItem,
    /// Its shards.
    pub shards: Vec<Shard>,
}

/// Pieces of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) shard: Option<u8>,
    pub(super) pieces: u64,
}

/// Pieces that move from one row to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The row that they come from.
    pub from: Option<u8>,
    /// The row that they go to.
    pub to: Option<u8>,
    /// How many.
    pub pieces: u64,
}

/// What staff set for the stock of a SKU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// When it runs low.
    pub low_at: LowAt,
    /// The number of rows that its pieces are kept in.
    pub shards: Shards,
    /// Whether it is sold before the shop has it.
    pub backorder: Option<Backorder>,
}

/// Another policy for a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySet {
    /// The stock after the change. Shards that are new have no pieces yet.
    pub after: Stock,
    /// The shards that are new.
    pub added: Vec<Shard>,
    /// The pieces on credit that are added or taken away, one movement per row.
    pub movements: Vec<Movement>,
    /// The range that `available` of the SKU's own row must be in when it is written.
    pub while_available: Within,
    /// Its place in the list of what runs low.
    pub low: LowList,
}

/// A SKU in shards that has begun or ceased to run low.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recounted {
    /// Whether it runs low.
    pub is_low: bool,
    /// The event to publish, if any.
    pub event: Option<ProductEvent>,
}

impl From<StockItem> for Stock {
    fn from(item: StockItem) -> Self {
        Self { item, shards: Vec::new() }
    }
}

impl Stock {
    /// Returns the SKU's row with the counters of all rows together.
    #[must_use]
    pub fn total(&self) -> StockItem {
        let sum = |own: u64, of: fn(&Shard) -> u64| own + self.shards.iter().map(of).sum::<u64>();
        let item = &self.item;
        StockItem {
            available: sum(item.available, |shard| shard.available),
            reserved: sum(item.reserved, |shard| shard.reserved),
            sold: sum(item.sold, |shard| shard.sold),
            received: sum(item.received, |shard| shard.received),
            ..item.clone()
        }
    }

    /// Returns whether the books of every row balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.item.balances() && self.shards.iter().all(Shard::balances)
    }

    /// Returns whether an order finds its pieces in its own row, so that the others need not be read.
    #[must_use]
    pub fn suffices(&self, order: OrderId, quantity: u64) -> bool {
        self.item.spread.as_ref().is_none_or(|spread| {
            let home = spread.home(order);
            self.rows().iter().any(|row| row.shard == home && row.pieces >= quantity)
        })
    }

    /// Returns the stock after a movement; `None` if the movement is impossible.
    #[must_use]
    pub fn after(&self, movement: &Movement) -> Option<Self> {
        let mut after = self.clone();
        let Some(number) = movement.shard else {
            after.item = self.item.after(movement)?;
            return Some(after);
        };
        let shard = after.shards.iter_mut().find(|shard| shard.shard == number)?;
        if movement.sku != shard.sku || !movement.while_available.holds(shard.available) {
            return None;
        }
        shard.available = shard.available.checked_add_signed(movement.available)?;
        shard.reserved = shard.reserved.checked_add_signed(movement.reserved)?;
        shard.sold = shard.sold.checked_add_signed(movement.sold)?;
        shard.received = shard.received.checked_add_signed(movement.received)?;
        Some(after)
    }

    /// Adjusts the stock by hand, for pieces that arrived, broke or were miscounted. Of a SKU in shards, what arrives is in its own
    /// row at first, which no order keeps busy.
    ///
    /// # Errors
    /// If the adjustment removes more pieces than are available.
    pub fn adjust(&self, delta: Delta) -> Result<Adjusted, StockRefusal> {
        if self.item.spread.is_none() {
            return self.item.adjust(delta);
        }
        let available = self.total().in_stock();
        let below_zero = || StockRefusal::BelowZero { sku: self.item.sku.clone(), available };
        let by = delta.into_inner();
        if by < 0 && by.unsigned_abs() > available {
            return Err(below_zero());
        }
        let movements = self.moved(by).ok_or_else(below_zero)?;
        let after = self.after_all(&movements).ok_or_else(below_zero)?.total();
        Ok(Adjusted { after, movements, event: None })
    }

    /// Returns the movements that add pieces to the SKU's own row, or take them away from where they are. `None` if there are too few.
    fn moved(&self, by: i64) -> Option<Vec<Movement>> {
        let pieces = by.unsigned_abs();
        let parts = if by < 0 { self.parts(0, pieces)? } else { vec![Part { shard: None, pieces }] };
        let movement = |part: &Part| {
            let by = signed(part.pieces) * by.signum();
            Movement { available: by, received: by, ..self.still(part.shard) }
        };
        Some(parts.iter().map(movement).collect())
    }

    fn after_all(&self, movements: &[Movement]) -> Option<Self> {
        movements.iter().try_fold(self.clone(), |stock, movement| stock.after(movement))
    }

    /// Returns the rows that an order takes pieces from, and what holds while it does; `None` if there are too few.
    ///
    /// The orders of a SKU in shards do not count all its pieces, and so publish no event: [`recount`](Self::recount) does.
    pub(super) fn take(&self, order: OrderId, quantity: u64) -> Option<(Vec<Part>, Taken)> {
        if self.item.spread.is_none() {
            let taken = self.item.take(quantity)?;
            return Some((vec![Part { shard: None, pieces: quantity }], taken));
        }
        let taken = Taken { while_available: Within::ANY, event: None, low: LowList::Keep };
        Some((self.parts(order.bits(), quantity)?, taken))
    }

    /// Returns where to take pieces from: from one row, or else from as few as possible. `None` if all rows together have too few.
    fn parts(&self, bits: u128, quantity: u64) -> Option<Vec<Part>> {
        let mut rows = self.rows();
        if let Some(spread) = &self.item.spread {
            rows.sort_by_key(|row| spread.place(bits, row.shard));
        }
        if let Some(row) = rows.iter().find(|row| row.pieces >= quantity) {
            return Some(vec![Part { pieces: quantity, ..*row }]);
        }
        rows.sort_by_key(|row| Reverse(row.pieces));
        let (mut parts, mut left) = (Vec::new(), quantity);
        for row in rows.into_iter().filter(|row| row.pieces > 0) {
            let pieces = row.pieces.min(left);
            left -= pieces;
            parts.push(Part { pieces, ..row });
            if left == 0 {
                return Some(parts);
            }
        }
        None
    }

    /// Returns the rows with what is available in them.
    fn rows(&self) -> Vec<Part> {
        let own = Part { shard: None, pieces: self.item.available };
        let shards = self.shards.iter().map(|row| Part { shard: Some(row.shard), pieces: row.available });
        std::iter::once(own).chain(shards).collect()
    }

    fn still(&self, shard: Option<u8>) -> Movement {
        Movement::none(self.item.sku.clone(), shard, Within::ANY)
    }

    /// Returns what has to move so that the shards in use have the same number of pieces, and no other row has any. Each transfer
    /// can be written alone. Small differences stay, since every transfer competes with customers.
    #[must_use]
    pub fn level_out(&self) -> Vec<Transfer> {
        let Some(spread) = &self.item.spread else { return Vec::new() };
        let (rows, in_use) = (self.rows(), spread.in_use());
        let used = |row: &&Part| in_use.contains(&row.shard);
        let all: u64 = rows.iter().map(|row| row.pieces).sum();
        let (most, least) = rows
            .iter()
            .filter(used)
            .fold((0, u64::MAX), |(most, least), row| (row.pieces.max(most), row.pieces.min(least)));
        let is_stranded = rows.iter().any(|row| row.pieces > 0 && !used(&row));
        let share = all / u64::try_from(in_use.len().max(1)).unwrap_or(u64::MAX);
        if !is_stranded && most.saturating_sub(least) <= 1 + share / 4 {
            return Vec::new();
        }
        let target = evenly(&in_use, all);
        let target =
            |row: &Part| target.iter().find(|part| part.shard == row.shard).map_or(0, |part| part.pieces);
        let above = rows.iter().map(|row| Part { pieces: row.pieces.saturating_sub(target(row)), ..*row });
        let below = rows.iter().map(|row| Part { pieces: target(row).saturating_sub(row.pieces), ..*row });
        transfers(above.collect(), below.collect())
    }

    /// Returns the two movements of a transfer.
    #[must_use]
    pub fn movements(&self, transfer: Transfer) -> [Movement; 2] {
        let pieces = signed(transfer.pieces);
        let by = |shard, by| Movement { available: by, received: by, ..self.still(shard) };
        [by(transfer.from, -pieces), by(transfer.to, pieces)]
    }

    /// Returns what has changed since the rows were last counted together: whether the SKU runs low. `None` if nothing has, or if it
    /// has no shards, since every order then counts it.
    #[must_use]
    pub fn recount(&self) -> Option<Recounted> {
        let total = self.total();
        let is_low = total.is_low();
        let spread = self.item.spread.as_ref().filter(|spread| spread.ran_low != is_low)?;
        let low = || StockLow { sku: self.item.sku.clone(), available: total.in_stock() };
        let event = (!spread.ran_low).then(|| ProductEvent::StockLow(low()));
        Some(Recounted { is_low, event })
    }

    /// Returns what staff have set.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let StockItem { low_at, backorder, ref spread, .. } = self.item;
        let shards = spread.as_ref().map_or(Shards::default(), |spread| spread.shards);
        Policy { low_at, shards, backorder }
    }

    /// Sets the policy; `None` if it is the same. No event is published: nothing has crossed a threshold.
    ///
    /// # Errors
    /// If more pieces are on backorder than it allows.
    pub fn set_policy(&self, policy: Policy) -> Result<Option<PolicySet>, StockRefusal> {
        if policy == self.policy() {
            return Ok(None);
        }
        let before = &self.item;
        let Policy { low_at, shards, backorder } = policy;
        let (movements, mut after) = self.with_credit(backorder)?;
        after.item.low_at = low_at;
        after.item.backorder = backorder;
        after.item.policy_version += 1;
        let is_low = after.total().is_low();
        // What is available is compared before the movements.
        let low_mark = low_at.into_inner() + before.availability().credit();
        let least = if is_low { 0 } else { low_mark + 1 };
        let low = if is_low { LowList::Enter } else { LowList::Leave };
        let spread = before.spread.as_ref();
        if spread.is_none() && !shards.are_several() {
            let while_available = Within { least, most: None };
            return Ok(Some(PolicySet { after, added: Vec::new(), movements, while_available, low }));
        }
        // From now on, the rows are counted together. An order that crosses the threshold just now must have been counted.
        let while_available = match spread {
            None => Within { least, most: is_low.then_some(low_mark) },
            Some(_) => Within::ANY,
        };
        let terms = spread.map_or(1, |spread| spread.terms);
        let existing = spread.map_or(0, |spread| spread.rows);
        let rows = if shards.are_several() { existing.max(shards.into_inner()) } else { existing };
        let added: Vec<Shard> =
            (existing..rows).map(|number| Shard::empty(before.sku.clone(), number, terms)).collect();
        let (ran_low, low) = match spread {
            Some(spread) if low_at == before.low_at => (spread.ran_low, LowList::Keep),
            _ => (is_low, low),
        };
        after.item.spread = Some(Spread { shards, rows, terms, ran_low });
        after.shards.extend(added.iter().cloned());
        Ok(Some(PolicySet { after, added, movements, while_available, low }))
    }

    /// Returns the stock with as many pieces on credit as may be on backorder, and how it gets there.
    fn with_credit(&self, allowed: Option<Backorder>) -> Result<(Vec<Movement>, Self), StockRefusal> {
        let credit = |backorder| signed(Availability { available: 0, backorder }.credit());
        let by = credit(allowed) - credit(self.item.backorder);
        if by == 0 {
            return Ok((Vec::new(), self.clone()));
        }
        let refusal = || {
            let backordered = self.total().availability().backordered();
            StockRefusal::Backordered { sku: self.item.sku.clone(), backordered }
        };
        let movements = self.moved(by).ok_or_else(refusal)?;
        let after = self.after_all(&movements).ok_or_else(refusal)?;
        Ok((movements, after))
    }
}

/// Returns for each SKU whose pieces are scattered over more than two rows what puts them into one, if an order would otherwise write
/// more than `most` rows. Each list of movements is one transaction.
#[must_use]
pub fn gathered(order: OrderId, lines: &[(&Sku, u64)], stock: &[Stock], most: usize) -> Vec<Vec<Movement>> {
    let found = lines.iter().filter_map(|(sku, quantity)| {
        let stock = stock.iter().find(|stock| stock.item.sku == **sku)?;
        Some((stock, stock.parts(order.bits(), *quantity)?))
    });
    let found: Vec<(&Stock, Vec<Part>)> = found.collect();
    // The reservation, and an event per line.
    let writes = 1 + lines.len() + found.iter().map(|(_, parts)| parts.len()).sum::<usize>();
    if writes <= most {
        return Vec::new();
    }
    let scattered = found.into_iter().filter(|(_, parts)| parts.len() > 2);
    scattered.map(|(stock, parts)| stock.gather(&parts)).collect()
}

impl Stock {
    /// Moves the pieces of the other parts to the first.
    fn gather(&self, parts: &[Part]) -> Vec<Movement> {
        let [first, others @ ..] = parts else { return Vec::new() };
        let by = |shard, by| Movement { available: by, received: by, ..self.still(shard) };
        let taken = others.iter().map(|part| by(part.shard, -signed(part.pieces)));
        let all = others.iter().map(|part| signed(part.pieces)).sum();
        taken.chain([by(first.shard, all)]).collect()
    }
}

/// Spreads pieces evenly over rows. Rows that get none are left out.
fn evenly(rows: &[Option<u8>], pieces: u64) -> Vec<Part> {
    let count = u64::try_from(rows.len().max(1)).unwrap_or(u64::MAX);
    let (share, more) = (pieces / count, pieces % count);
    let parts =
        (0..).zip(rows).map(|(place, shard)| Part { shard: *shard, pieces: share + u64::from(place < more) });
    parts.filter(|part| part.pieces > 0).collect()
}

/// Matches what rows have too many of with what others lack.
fn transfers(above: Vec<Part>, below: Vec<Part>) -> Vec<Transfer> {
    let mut transfers = Vec::new();
    let mut lacking = below.into_iter().filter(|row| row.pieces > 0);
    let mut to = lacking.next();
    for mut from in above {
        while let Some(row) = to.as_mut().filter(|_| from.pieces > 0) {
            let pieces = from.pieces.min(row.pieces);
            transfers.push(Transfer { from: from.shard, to: row.shard, pieces });
            from.pieces -= pieces;
            row.pieces -= pieces;
            if row.pieces == 0 {
                to = lacking.next();
            }
        }
    }
    transfers
}

/// A count of pieces as a change of it.
pub(super) fn signed(pieces: u64) -> i64 {
    i64::try_from(pieces).unwrap_or(i64::MAX)
}

/// The rows that a line's pieces were taken from.
pub(super) fn parts_of(line: &PricedLine, taken_from: &[super::TakenFrom]) -> Vec<Part> {
    let shards = taken_from.iter().filter(|taken| taken.sku == line.sku);
    let parts = shards.map(|taken| Part { shard: Some(taken.shard), pieces: taken.pieces });
    let mut parts: Vec<Part> = parts.collect();
    let noted: u64 = parts.iter().map(|part| part.pieces).sum();
    let rest = u64::from(line.quantity.into_inner()).saturating_sub(noted);
    if rest > 0 {
        parts.push(Part { shard: None, pieces: rest });
    }
    parts
}
