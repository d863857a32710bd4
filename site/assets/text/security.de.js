// What the page of an account's security says in German.
export const security = {
  sessions: "Wo Sie angemeldet sind",
  sessionsAdvice: "Wenn Sie etwas davon nicht kennen, beenden Sie es und ändern Sie Ihr Passwort.",
  unknownDevice: "Ein Gerät ohne Namen",
  device: (agent) => {
    const browser = ["Firefox", "Edg", "OPR", "Chrome", "Safari"].find((name) => agent.includes(name));
    const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((name) => agent.includes(name));
    const names = { Edg: "Edge", OPR: "Opera" };
    return browser && system ? `${names[browser] ?? browser} auf ${system}` : agent;
  },
  since: (time) => `Seit ${time}`,
  seen: (time) => `zuletzt gesehen ${time}`,
  current: "Dieser Browser",
  end: "Beenden",
  changePassword: "Passwort ändern",
  passwordChanged: "Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet.",
  second: "Zweiter Faktor",
  secondOff: "Mit einem zweiten Faktor kommt niemand allein mit Ihrem Passwort in Ihr Konto. Sie brauchen eine App, die Codes zeigt.",
  secondOn: "Er ist eingeschaltet: Zum Anmelden braucht es einen Code Ihrer App.",
  secondAdd: "Zweiten Faktor einrichten",
  secondSecret: "Geben Sie diesen Schlüssel in Ihre App ein, und dann den Code, den sie zeigt.",
  secondApp: "In einer App auf diesem Gerät öffnen",
  secondConfirm: "Einschalten",
  secondRemove: "Ausschalten",
  codes: "Er ist eingeschaltet. Heben Sie diese Codes dort auf, wo Sie sie finden, wenn Ihre App verloren geht: Jeder gilt für eine Anmeldung, und wir zeigen sie nur jetzt.",
};
