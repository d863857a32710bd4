// What the pages of mailed links say in English.
export const mailed = {
  incomplete: { title: "This link is incomplete", advice: "Open it from our mail, or copy all of it." },
  confirm: {
    title: "Confirm your address",
    advice: "One click, and we know that our mails reach you.",
    button: "Confirm my address",
    done: { title: "Thank you", advice: "Your address is confirmed. Now you can sign in." },
  },
  reset: {
    title: "Choose a new password",
    advice: "It replaces the old one, and all devices are signed out.",
    button: "Set the password",
    done: { title: "Done", advice: "Your password is changed. Sign in with the new one." },
  },
  invitation: {
    title: "Welcome to the team",
    advice: "Tell us your name and choose a password; then the shop is yours to run.",
    button: "Create my account",
    done: { title: "Welcome", advice: "Your account is ready. Sign in, and set up a second factor first." },
  },
};
