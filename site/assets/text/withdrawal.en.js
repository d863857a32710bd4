// What the page says on which somebody withdraws from a contract, in English.
export const withdrawal = {
  title: "Withdraw from a contract",
  advice: "You can withdraw from the contract for your order here, without signing in and without giving a reason. We need the order's number and the address that you have ordered with.",
  signedIn: "You are signed in: on the page of the order, you can also choose some of the goods.",
  number: "Order number",
  numberHint: "It is in every mail about the order, such as X60W-P2C2M.",
  emailHint: "The address that you have ordered with. The acknowledgement is sent there.",
  withdraw: "Withdraw from contract here",
  rights: "About the right of withdrawal",
  declaration: "I hereby withdraw from the contract for this order, for all goods:",
  confirm: "Confirm withdrawal",
  change: "Change something",
  received: "We have received your withdrawal",
  receivedAt: (number, time) => `For order ${number}, on ${time}.`,
  mailed: (email) => `An acknowledgement is on its way to ${email}. It says what happens next.`,
};
