/**
 * Random requests to every operation of the document: no 5xx, none that hangs, and no row that a refused one leaves.
 * Owns how a request is made up; `fuzz.test.ts` runs some hundreds of them, `npm run fuzz` ten thousand.
 */
import * as fc from "fast-check";
import { createTenant, join, type Browser, type Person } from "../people.ts";
import { call, readOperations, readRows, type Operation, type Schema } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

export const hangMilliseconds = 2_000;

/** What remembers attempts, and may grow by a request that is refused. */
const ledgers = ["audit_event", "rate_limit", "maintenance_run"];

interface Fuzzed {
  operation: number;
  visitor: number;
  values: Record<string, string>;
  query: Record<string, string>;
  body: unknown;
}

export interface FuzzTarget {
  target: Target;
  operations: Operation[];
  /** Nobody, a user with a tenant, a member of it, and a platform admin. */
  visitors: Browser[];
  /** Ids and names that exist, so that requests get beyond "not found". */
  known: string[];
  /** What the database held after the last request, and how often it had been written to by then. */
  state: { writes: number; rows: string; carriedOut: number };
  stop: () => Promise<void>;
}

export async function openFuzzTarget(): Promise<FuzzTarget> {
  const target = await startTarget();
  const [owner, member] = (await Promise.all(["Ada", "Bob"].map(target.signUp))) as [
    Person,
    Person,
  ];
  const admin = await target.signUpAdmin();
  // The last one who can: fuzzing may well demote or ban an admin.
  await target.signUpAdmin();
  const tenant = await createTenant(owner.browser, "fuzzed");
  const membership = await join(owner.browser, member, tenant.id);
  await owner.browser.get("/api/auth/token");
  const known = [
    tenant.id,
    "fuzzed",
    owner.id,
    owner.email,
    member.id,
    member.email,
    membership.id,
    "owner",
    "member",
    "user",
    "platform-admin",
    "google",
    "credential",
  ];
  return {
    target,
    operations: await readOperations(target),
    visitors: [target.open(), owner.browser, member.browser, admin.browser],
    known,
    state: { ...(await readState(target)), carriedOut: 0 },
    stop: target.stop,
  };
}

const countWrites = async ({ database }: Target) =>
  (await database.prepare("SELECT total_changes() AS writes").first<number>("writes")) ?? 0;

const readState = async (target: Target) => ({
  rows: JSON.stringify(await readRows(target, ledgers)),
  writes: await countWrites(target),
});

const odd = [
  "",
  " ",
  "null",
  "__proto__",
  "constructor",
  "toString",
  "0",
  "-1",
  "1e309",
  "9007199254740993",
  "'; DROP TABLE user; --",
  "%' OR '1'='1",
  "%",
  "../..",
  "\u202eevil",
  "🧨".repeat(20),
  "a".repeat(300),
  "2026-13-45",
  "https://evil.com",
  "/.//evil.com",
  "a@b.c",
  "a\nb",
  "\u0000",
];

export function fuzzedRequest({ operations, visitors, known }: FuzzTarget) {
  const text = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known) },
    { weight: 3, arbitrary: fc.constantFrom(...odd) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
    { weight: 1, arbitrary: fc.emailAddress() },
  );
  const anything = fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.integer() },
    { weight: 1, arbitrary: fc.boolean() },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const ofSchema = (schema: Schema | undefined, depth = 0): fc.Arbitrary<unknown> => {
    const type = [schema?.type ?? []].flat()[0];
    const right =
      schema?.enum !== undefined && schema.enum.length > 0
        ? fc.constantFrom(...schema.enum)
        : type === "string"
          ? text
          : type === "number" || type === "integer"
            ? fc.oneof(fc.integer(), fc.double())
            : type === "boolean"
              ? fc.boolean()
              : type === "array"
                ? fc.array(anything, { maxLength: 3 })
                : type === "object" && depth < 3
                  ? ofObject(schema?.properties ?? {}, depth)
                  : anything;
    return fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: anything });
  };
  const ofObject = (properties: Record<string, Schema>, depth: number): fc.Arbitrary<unknown> =>
    fc
      .tuple(
        fc.record(
          Object.fromEntries(
            Object.entries(properties).map(([name, schema]) => [name, ofSchema(schema, depth + 1)]),
          ),
          { requiredKeys: [] },
        ),
        // A field that is not there, seldom: it is refused before anything else is looked at.
        fc.option(fc.tuple(text, anything), { freq: 20 }),
      )
      .map(([fields, extra]) => (extra === null ? fields : { ...fields, [extra[0]]: extra[1] }));

  return fc.nat({ max: operations.length - 1 }).chain((index) => {
    const { parameters, body } = operations[index] as Operation;
    const named = (where: "path" | "query") =>
      fc.record(
        Object.fromEntries(
          parameters.filter((one) => one.in === where).map(({ name }) => [name, text]),
        ),
        { requiredKeys: [] },
      ) as fc.Arbitrary<Record<string, string>>;
    return fc.record({
      operation: fc.constant(index),
      visitor: fc.nat({ max: visitors.length - 1 }),
      values: named("path"),
      query: named("query"),
      body:
        body === undefined
          ? fc.constant(undefined)
          : fc.oneof(
              { weight: 12, arbitrary: ofObject(body.properties ?? {}, 0) },
              { weight: 1, arbitrary: fc.jsonValue() },
              // Sent as it is, and no JSON.
              { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
            ),
    });
  });
}

/** Sends one, and says what is wrong with the answer, if anything is. */
export async function tryRequest(
  opened: FuzzTarget,
  { operation: index, visitor, values, query, body }: Fuzzed,
): Promise<string | undefined> {
  const { target, operations, visitors } = opened;
  const operation = operations[index] as Operation;
  // With the cookies that it began with: what ends a session ends it for the next requests, too.
  const browser = target.open();
  for (const [name, value] of visitors[visitor]?.cookies ?? []) browser.cookies.set(name, value);
  const start = performance.now();
  const { status, body: answer } = await call(browser, operation, {
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, wellFormed(value)]),
    ),
    query: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, wellFormed(value)]),
    ),
    body,
  });
  const milliseconds = performance.now() - start;
  if (status >= 500) return `${operation.name}: ${status} ${JSON.stringify(answer)}`;
  if (milliseconds > hangMilliseconds) return `${operation.name}: ${milliseconds} ms`;
  if (status < 400) opened.state.carriedOut += 1;
  if ((await countWrites(target)) === opened.state.writes) return undefined;
  const before = opened.state.rows;
  opened.state = { ...opened.state, ...(await readState(target)) };
  const isKept = status < 400 || opened.state.rows === before;
  return isKept ? undefined : `${operation.name}: ${status}, but rows have changed`;
}

/** A URL has no half characters, nor a path of dots alone. */
function wellFormed(text: string): string {
  const whole = text.toWellFormed();
  return /^\.*$/.test(whole) ? `x${whole}` : whole;
}

/** @returns what went wrong, with the seed that shows it again; `undefined` when nothing did. */
export async function fuzz(
  opened: FuzzTarget,
  { runs, seed }: { runs: number; seed: number },
): Promise<string | undefined> {
  const property = fc.asyncProperty(fuzzedRequest(opened), async (request) => {
    const wrong = await tryRequest(opened, request);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const result = await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  return result.failed ? `seed ${seed}: ${fc.defaultReportMessage(result) ?? ""}` : undefined;
}
