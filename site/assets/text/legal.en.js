// The legal pages in English: per page its sections, each a heading and paragraphs. They are an example of a shop in Spain; whoever runs
// the shop replaces them by their own.
export const legal = {
  imprint: [
    ["Who runs this shop", "Bodega Ultramarinos S. L., Calle Mayor 1, 28013 Madrid, Spain", "Registered in the Registro Mercantil de Madrid. VAT number ESB00000000. Director: Ada Bodega."],
    ["How to reach us", "hello@bodega.example, +34 910 000 000, from Monday to Friday between 9 and 17 o'clock."],
    ["Disagreements", "Write to us first, please. We are neither willing nor obliged to take part in dispute resolution before a consumer arbitration board."],
  ],
  privacy: [
    ["What we know of you", "With an account: your name, your address for mails, the addresses you save, and your orders. Without one: what an order needs. We never see the number of your card, which goes to our payment provider, Stripe, alone."],
    ["What your browser keeps", "Whether you are signed in, the language that you read, and a number by which we recognise this device when you sign in again. Nothing of it follows you elsewhere, there are no cookies, and no other company counts your visits."],
    ["How long", "Bills have to be kept for as long as the law says. Everything else is erased some days after you erase your account, which you can do there yourself."],
    ["Your rights", "You can see, correct, take with you and erase what we know of you, in your account or by a mail to privacy@bodega.example. You can also complain to the Agencia Española de Protección de Datos."],
  ],
  terms: [
    ["How a contract comes about", "What is on our shelves is an invitation. Your order is an offer, and the mail in which we confirm it makes the contract. We keep its text, and you find it in your account."],
    ["Prices and payment", "Prices include tax. Shipping is added, and shown before you order. You pay when you order; if we cannot deliver, you get your money back."],
    ["If something is wrong", "The law's warranty holds: three years in Spain, two in most other countries of the European Union. Write to us, with a picture if you can."],
  ],
  withdrawal: [
    ["Your right to change your mind", "You can withdraw from the contract within 14 days without giving a reason. They begin on the day on which you, or somebody you name, receive the last of the goods."],
    ["How", "Tell us clearly, by mail to hello@bodega.example or by letter to the address in the imprint. It is enough that you send this before the 14 days end."],
    ["What happens then", "We return everything you have paid, with the cheapest shipping that we offer, within 14 days of hearing from you, the way you have paid. We may wait until the goods are back. Send them within 14 days; you bear the cost of that."],
    ["Exceptions", "What spoils quickly and what was sealed for hygiene and is unsealed cannot be returned. An article says so where that is the case."],
  ],
  shipping: [
    ["Where to, and what it costs", "We deliver to the countries that the check-out offers. It shows the price of shipping as soon as it knows the address."],
    ["How long it takes", "We hand parcels over on the next working day. In Spain they take one to three days more, and up to a week elsewhere in Europe."],
  ],
};
