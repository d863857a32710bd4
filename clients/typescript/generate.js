// Writes what is derived: src/contract.ts from docs/api/openapi.json, and the compiled client that the shop's pages load, site/assets/client, from src.
//
//   node generate.js           writes
//   node generate.js --check   writes nothing, and fails if something is not as it would be written
//
// Needs the packages of tests/cloud/package.json: tests/cloud/clients installs them. NODE_MODULES says where they are.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const modules = path.resolve(root, process.env.NODE_MODULES ?? "target/tools/npm/node_modules");
// A package without the condition "require" still has an entry point.
const { default: openapiTypescript, astToString } = await import(pathToFileURL(path.join(modules, "openapi-typescript/dist/index.mjs")));
const ts = createRequire(path.join(modules, "_"))("typescript");

const METHODS = ["get", "put", "post", "patch", "delete"];

/** Returns the routes of clients: those that other services and the payment gateway use are left out. */
function routes(document) {
  const paths = Object.entries(document.paths).filter(([route]) => !route.startsWith("/webhooks/"));
  return paths.flatMap(([route, item]) =>
    METHODS.filter((method) => item[method] && !item[method]["x-internal"]).map((method) => ({
      name: `${method.toUpperCase()} ${route}`,
      operation: item[method],
    })),
  );
}

/** Returns the names and schemas of an operation's parameters in one place: path, query, header. */
function parameters(operation, place) {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === place);
}

/** Returns the codes with which an operation refuses requests. */
function codes(operation) {
  const problems = Object.values(operation.responses).map((response) => response.content?.["application/problem+json"]?.schema);
  const parts = problems.flatMap((schema) => schema?.allOf ?? []);
  return [...new Set(parts.flatMap((part) => part.properties?.code?.enum ?? []))].sort();
}

/** Returns what problems with certain codes hold besides the members of all problems, by code. */
function members(document) {
  const found = {};
  const operations = routes(document).map((route) => route.operation);
  const schemas = operations.flatMap((operation) =>
    Object.values(operation.responses).map((response) => response.content?.["application/problem+json"]?.schema),
  );
  for (const part of schemas.flatMap((schema) => schema?.allOf ?? [])) {
    if (part.if) found[part.if.properties.code.const] = { type: "object", ...part.then };
  }
  return found;
}

/** Returns the names of the schemas that a part of the document refers to, and those that these refer to. */
function referred(document, part, found = new Set()) {
  const name = part?.$ref?.replace("#/components/schemas/", "");
  if (name && !found.has(name)) {
    found.add(name);
    referred(document, document.components.schemas[name], found);
  }
  if (part && typeof part === "object") for (const value of Object.values(part)) referred(document, value, found);
  return found;
}

/** Returns a document with the schemas alone that clients' requests and replies use. */
function schemas(document) {
  const used = referred(document, [document.components.schemas.Problem, members(document)]);
  used.add("Problem");
  for (const { operation } of routes(document)) {
    const replies = Object.entries(operation.responses).filter(([status]) => status < 300);
    referred(document, [operation.parameters, operation.requestBody, replies], used);
  }
  const kept = Object.entries(document.components.schemas).filter(([name]) => used.has(name));
  return { openapi: document.openapi, info: document.info, paths: {}, components: { schemas: Object.fromEntries(kept) } };
}

function named(schema) {
  if (schema.$ref) return `Schemas["${schema.$ref.replace("#/components/schemas/", "")}"]`;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(named))].join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const type = Array.isArray(schema.type) ? schema.type : [schema.type];
  return type.map((one) => ({ integer: "number", boolean: "boolean", null: "null" })[one] ?? "string").join(" | ");
}

function fields(list) {
  return `{ ${list.map((one) => `${/^\w+$/.test(one.name) ? one.name : `"${one.name}"`}${one.required ? "" : "?"}: ${named(one.schema)}`).join("; ")} }`;
}

/** Returns the entry of a route in the interface `Routes`. */
function entry({ name, operation }) {
  const lines = [`operation: "${operation.operationId}"`];
  const of = { path: parameters(operation, "path"), query: parameters(operation, "query") };
  // Every request may have an Idempotency-Key, and browsers send If-None-Match by themselves.
  of.headers = parameters(operation, "header").filter(({ name }) => name === "If-Match");
  for (const [place, list] of Object.entries(of)) if (list.length > 0) lines.push(`${place}: ${fields(list)}`);
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) lines.push(`body: ${named(body)}`);
  const replies = Object.entries(operation.responses)
    .filter(([status]) => status < 300)
    .flatMap(([, { content }]) => (content ? Object.values(content).map(({ schema }) => named(schema)) : ["undefined"]));
  lines.push(`reply: ${[...new Set(replies)].join(" | ")}`);
  lines.push(`refusals: ${codes(operation).map((code) => `"${code}"`).join(" | ")}`);
  const doc = operation.summary ? `  /** ${operation.summary.replaceAll("\n", " ")} */\n` : "";
  return `${doc}  "${name}": {\n${lines.map((line) => `    ${line};\n`).join("")}  };\n`;
}

async function contract(document) {
  const types = astToString(await openapiTypescript(schemas(document), { defaultNonNullable: false }));
  const all = routes(document);
  const keyed = all.filter(({ operation }) => parameters(operation, "header").some(({ name }) => name === "Idempotency-Key"));
  const extended = Object.entries(members(document)).map(([code, schema]) => {
    const required = schema.required ?? [];
    return `  ${code}: ${fields(Object.entries(schema.properties).map(([name, one]) => ({ name, schema: one, required: required.includes(name) })))};\n`;
  });
  return `// Derived from docs/api/openapi.json by generate.js. Do not edit it.

${types.slice(types.indexOf("export interface components")).replace(/export type (\$defs|operations) = .*\n/g, "")}
export type Schemas = components["schemas"];

/** What problems with certain codes hold besides. */
export interface ProblemMembers {
${extended.join("")}}

/** Every route: what it takes, what it answers, and the codes with which it refuses. */
export interface Routes {
${all.map(entry).join("")}}

/** The routes that take an Idempotency-Key, so that repeating a request has no other effect than sending it once. */
export const KEYED: ReadonlySet<string> = new Set([
${keyed.map(({ name }) => `  "${name}",\n`).join("")}]);
`;
}

/** Compiles the sources as tsconfig.json says. Returns the text of each module, by its name. */
function compile(contractText) {
  const { config } = ts.readConfigFile(path.join(here, "tsconfig.json"), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, here);
  const host = ts.createCompilerHost(options);
  // The sources are compiled with the contract as it would be written.
  const contractFile = path.join(here, "src/contract.ts");
  const isContract = (name) => path.resolve(name) === contractFile;
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => isContract(name) || fileExists(name);
  host.getSourceFile = (name, languageVersion, ...rest) =>
    isContract(name) ? ts.createSourceFile(name, contractText, languageVersion) : getSourceFile(name, languageVersion, ...rest);
  const program = ts.createProgram([...new Set([...fileNames, contractFile])], options, host);
  const written = {};
  const { diagnostics } = program.emit(undefined, (name, text) => {
    if (name.endsWith(".js")) written[path.basename(name)] = text;
  });
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (all.length > 0) throw new Error(ts.formatDiagnostics(all, { ...host, getNewLine: () => "\n" }));
  return written;
}

const contractText = await contract(JSON.parse(await readFile(path.join(root, "docs/api/openapi.json"), "utf8")));
const compiled = path.join(root, "site/assets/client");
const files = { [path.join(here, "src/contract.ts")]: contractText };
for (const [name, text] of Object.entries(compile(contractText))) files[path.join(compiled, name)] = text;

const problems = [];
for (const [name, text] of Object.entries(files)) {
  const there = await readFile(name, "utf8").catch(() => "");
  if (there !== text) problems.push(path.relative(root, name));
}
for (const name of await readdir(compiled).catch(() => [])) {
  const file = path.join(compiled, name);
  if (!(file in files)) problems.push(path.relative(root, file));
}
if (process.argv.includes("--check")) {
  if (problems.length > 0) {
    console.error(`Not as clients/typescript/generate.js writes them:\n${problems.join("\n")}`);
    process.exit(1);
  }
  console.log(`${Object.keys(files).length} files of the TypeScript client: as they are derived`);
} else {
  for (const name of problems) {
    const file = path.join(root, name);
    if (file in files) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, files[file]);
    } else await rm(file);
    console.log(name);
  }
}
