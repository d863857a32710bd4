// What there is to count of an order: pieces that were shipped, have arrived or were refunded, and the money that is left.

/** Refunds that take part of the money: those that failed do not. */
function granted({ refunds = [] }) {
  return refunds.filter(({ status }) => status !== "failed");
}

function sum(amounts) {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Returns the lines, each with its counts: `cancelled` pieces are not delivered, `left` pieces are to be shipped, and `refundable` ones can be refunded. */
export function counted(order) {
  const { capturing, progress = [], lines } = order;
  const back = granted(order).flatMap(({ lines = [] }) => lines);
  const of = (parts, sku) => pieces(parts.filter((part) => part.sku === sku));
  return lines.map((line) => {
    const { shipped = 0, delivered = 0, cancelled = 0 } = progress.find(({ sku }) => sku === line.sku) ?? {};
    const refunded = of(back, line.sku);
    // While parcels are charged one by one, what was not shipped is not paid.
    const paid = capturing && !capturing.is_complete ? shipped : line.quantity - of(capturing?.released ?? [], line.sku);
    return { ...line, shipped, delivered, cancelled, refunded, left: line.quantity - shipped - cancelled, refundable: paid - refunded };
  });
}

/** Returns what is to be shipped. */
export function linesLeft(order) {
  if (order.status !== "confirmed") return [];
  return counted(order).filter(({ left }) => left > 0).map((line) => ({ ...line, quantity: line.left }));
}

/** Returns how many pieces are to be shipped. */
export function piecesLeft(order) {
  return pieces(linesLeft(order));
}

export function pieces(lines) {
  return sum(lines.map(({ quantity }) => quantity));
}

/** Returns what refunds with a status come to. */
export function refundedOf({ total, refunds = [] }, status) {
  return { ...total, amount: sum(refunds.filter((refund) => refund.status === status).map(({ amount }) => amount.amount)) };
}

/** Returns the money that is not refunded yet. */
export function moneyLeft(order) {
  const { amount } = order.capturing?.captured ?? order.total;
  return { ...order.total, amount: amount - sum(granted(order).map(({ amount }) => amount.amount)) };
}

export function isRefundable(order) {
  return order.status === "confirmed" && ["captured", "authorized"].includes(order.payment_status) && moneyLeft(order).amount > 0;
}

/** Returns the price of shipping that can be refunded, or `null`. */
export function shippingLeft(order) {
  const { shipping, tax_added } = order;
  if (!shipping || shipping.total.amount === 0 || granted(order).some((refund) => refund.shipping)) return null;
  return tax_added ? { ...shipping.total, amount: shipping.total.amount + shipping.tax.amount } : shipping.total;
}

/** Returns the name of its state: how far it has come, or why it went nowhere. */
export function stateOf({ status, fulfillment_status }) {
  return status === "confirmed" ? fulfillment_status : status;
}
