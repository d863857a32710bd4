export { Shop } from "./client.js";
export { Problem, Unreachable, isProblem } from "./problem.js";
export { inMemory } from "./session.js";
