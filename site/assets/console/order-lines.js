// What was ordered, how far each line has come, and what it cost.
import { before, money } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { counted, moneyLeft, refundedOf } from "./order-counts.js";
import { orders as own } from "./orders-words.js";

export function orderLines(order) {
  const { discounts = [], shipping, total, tax, tax_added = false, not_captured, refunds = [] } = order;
  const row = (line) => html`<tr>
    <th scope="row" class="long"><span class="article">${line.title}</span> <a class="small" href=${`/console/variants/${line.sku}`}>${line.sku}</a></th>
    <td class="amount">${money(line.unit_price)}</td>
    <td class="amount">${line.quantity}${line.cancelled > 0 ? html` <span class="small">${own.cancelledOf(line.cancelled)}</span>` : nothing}</td>
    <td class="amount">${count(line.shipped, line.quantity - line.cancelled)}</td>
    <td class="amount">${count(line.delivered, line.quantity - line.cancelled)}</td>
    <td class="amount">${line.refunded > 0 ? line.refunded : "–"}</td>
    <td class="amount">${money(before(line))}</td>
  </tr>`;
  const sum = (name, amount, isStrong = false) => html`<div class=${isStrong ? "sum" : ""}><dt>${name}</dt><dd>${amount}</dd></div>`;
  const [paidBack, onItsWay] = [refundedOf(order, "succeeded"), refundedOf(order, "requested")];
  return html`<section class="part" aria-labelledby="lines">
    <h2 id="lines">${own.lines}</h2>
    <div class="scrolls" tabindex="0" role="group" aria-labelledby="lines">
      <table class="table order-lines">
        <thead>
          <tr>
            <th scope="col">${own.article}</th>
            <th scope="col" class="amount">${own.price}</th>
            <th scope="col" class="amount">${own.ordered}</th>
            <th scope="col" class="amount">${own.shipped}</th>
            <th scope="col" class="amount">${own.arrived}</th>
            <th scope="col" class="amount">${own.returned}</th>
            <th scope="col" class="amount">${own.sum}</th>
          </tr>
        </thead>
        <tbody>${counted(order).map(row)}</tbody>
      </table>
    </div>
    <dl class="sums">
      ${discounts.map(({ code, amount }) => sum(code, `−${money(amount)}`))} ${shipping ? sum(own.shipping(shipping.method), money(before(shipping))) : nothing}
      ${tax_added ? sum(own.taxAdded, money(tax)) : nothing}
      ${sum(tax_added ? own.total : html`${own.total} <span class="small">${own.taxIncluded(money(tax))}</span>`, money(total), true)}
      ${not_captured ? sum(own.notCaptured, `−${money(not_captured)}`) : nothing} ${onItsWay.amount > 0 ? sum(own.requested, `−${money(onItsWay)}`) : nothing} ${paidBack.amount > 0 ? sum(own.refunded, `−${money(paidBack)}`) : nothing}
      ${refunds.length > 0 ? sum(own.remains, money(moneyLeft(order)), true) : nothing}
    </dl>
  </section>`;
}

/** A count that is complete stands out less than one that is not. */
function count(done, all) {
  if (done === 0) return "–";
  return done === all ? done : html`<strong>${done}</strong>`;
}
