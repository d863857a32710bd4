// What the page of an account's security says in English.
export const security = {
  sessions: "Where you are signed in",
  sessionsAdvice: "If you do not know one of them, end it and change your password.",
  unknownDevice: "A device without a name",
  device: (agent) => {
    const browser = ["Firefox", "Edg", "OPR", "Chrome", "Safari"].find((name) => agent.includes(name));
    const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((name) => agent.includes(name));
    const names = { Edg: "Edge", OPR: "Opera" };
    return browser && system ? `${names[browser] ?? browser} on ${system}` : agent;
  },
  since: (time) => `Since ${time}`,
  seen: (time) => `last seen ${time}`,
  current: "This browser",
  end: "End",
  changePassword: "Change the password",
  passwordChanged: "Your password is changed. All other devices are signed out.",
  second: "Second factor",
  secondOff: "With a second factor, nobody gets into your account with your password alone. You need an app that shows codes.",
  secondOn: "It is on: signing in takes a code of your app.",
  secondAdd: "Set up a second factor",
  secondSecret: "Enter this key into your app, and then the code that it shows.",
  secondApp: "Open it in an app on this device",
  secondConfirm: "Switch it on",
  secondRemove: "Switch it off",
  codes: "It is on. Keep these codes where you find them when your app is lost: each is good for one sign-in, and we show them only now.",
};
