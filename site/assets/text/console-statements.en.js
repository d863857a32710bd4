// What the console says about withdrawals that became no return, in English.
export const statements = {
  tag: "Withdrawal without an order",
  received: (time) => `Declared ${time}`,
  all: "for all goods",
  due: (day) => `To be answered by ${day}`,
  refused: (why) => `Not carried out: ${why}`,
  reasons: {
    return_window_over: "the time for it is over",
    nothing_to_return: "nothing is left to return",
    not_returnable: "the goods are exempt",
    quantity_exceeds_shipped: "more than was shipped",
    too_many_returns: "too many returns",
    shipped_in_part: "a part is shipped: cancel the rest, and take back what comes",
  },
  look: "See who it is from",
  advice: "Look for the order among those of this address, or ask. On the order's page, cancel it if nothing is shipped, or refund what comes back. Answer by mail.",
  gone: "The name and the address are no longer kept.",
  done: "Outcome",
  verdicts: { yes: "The withdrawal is carried out", no: "There is nothing to withdraw from" },
  reason: "Note",
  close: "Close",
  closed: "The declaration is closed.",
};
