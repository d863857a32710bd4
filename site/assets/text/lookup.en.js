// What the page says on which somebody finds an order without an account, in English.
export const lookup = {
  title: "Find my order",
  advice: "Tell us the order's number and the address that you have ordered with. We mail you a link to the order.",
  number: "Order number",
  numberHint: "It is in every mail about the order, such as X60W-P2C2M.",
  emailHint: "The address that you have ordered with. The link is sent there.",
  button: "Send me the link",
  sent: (email) => `If there is such an order for ${email}, a link is on its way. It can be used once, for a day.`,
  account: { title: "This order belongs to an account", advice: "Please sign in to see it." },
};
