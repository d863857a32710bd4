export { Shop } from "./client.js";
export type { Answer, ItemOf, ListRoute, Options, Reply, Request, Route, Sending } from "./client.js";
export type { ProblemMembers, Routes, Schemas } from "./contract.js";
export { Problem, Unreachable, isProblem } from "./problem.js";
export type { ProblemCode } from "./problem.js";
export type { Patience } from "./retry.js";
export { inMemory } from "./session.js";
export type { Session, SessionStore } from "./session.js";
