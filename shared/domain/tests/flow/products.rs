//! The product service's operations, as in `functions/products`.

use domain::stock::{Change, Command, Delta, Movement, Reservation, ReservationStatus, Stock, StockRefusal};
use domain::words::money::Currency;

use crate::world::{Message, World, order_id};

impl World {
    /// `reserve-stock`.
    pub fn reserve(&mut self, number: usize) -> Result<Reservation, StockRefusal> {
        let lines = self.lines(number);
        if let Some(found) = self.reservations.get(&order_id(number)) {
            return found.clone().repeat(&lines, Currency::EUR);
        }
        let held = Reservation::hold(order_id(number), &lines, Currency::EUR, &self.stock, self.now)?;
        let reservation = held.reservation.clone();
        self.change_reservation(held);
        Ok(reservation)
    }

    /// `settle-reservation`.
    pub fn settle_reservation(&mut self, message: &Message) -> Result<(), String> {
        let command = Command::try_from(&message.event).map_err(|error| error.to_string())?;
        let order_id = command.order_id();
        let found = self.reservations.get(&order_id).ok_or(format!("no reservation for {order_id}"))?;
        let change = found.apply(command, &self.stock).map_err(|error| error.to_string())?;
        if let Some(change) = change
            && !self.is_marked(message)
        {
            self.mark(message);
            self.change_reservation(change);
        }
        Ok(())
    }

    /// `expire-reservations`.
    pub fn expire_reservations(&mut self) {
        let expired: Vec<Change> =
            self.reservations.values().filter_map(|reservation| reservation.expire(self.now)).collect();
        for change in expired {
            self.change_reservation(change);
        }
    }

    /// `adjust-stock`.
    pub fn adjust_stock(&mut self, sku: usize, delta: i64) {
        let Ok(delta) = Delta::try_new(delta) else { return };
        if let Ok(adjustment) = self.stock[sku].adjust(delta) {
            for movement in &adjustment.movements {
                self.count(movement);
            }
            self.publish(adjustment.event);
        }
    }

    fn change_reservation(&mut self, change: Change) {
        use ReservationStatus::{Committed, Held, Lost, Released, TakenBack};
        let after = &change.reservation;
        if let Some(before) = self.reservations.get(&after.order_id) {
            let step = (before.status, after.status);
            let goes_on = matches!(
                step,
                (Held, Committed | Released)
                    | (Released, Committed | Lost)
                    | (Held | Released | Committed, TakenBack)
            );
            let came_back = step == (Committed, Committed) && before.returned.len() < after.returned.len();
            assert!(goes_on || came_back, "{step:?}");
        }
        for movement in &change.movements {
            self.count(movement);
        }
        self.reservations.insert(after.order_id, change.reservation);
        self.publish(change.events);
    }

    fn count(&mut self, movement: &Movement) {
        let of_it = |stock: &&mut Stock| stock.item.sku == movement.sku;
        let stock = self.stock.iter_mut().find(of_it).expect("a SKU of the shop");
        *stock = stock.after(movement).expect("a decided movement is possible");
    }
}
