/**
 * Requests that are right but for what chance changes in them, to every operation of the document: no 5xx, none that hangs,
 * and no row that a refused one leaves. After each the database is what it was, so that the last meets as much as the
 * first. Owns how a request is made up and judged; `corpus.ts` has the right ones.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as fc from "fast-check";
import type { Corpus } from "./corpus.ts";
import { call, readRows, type Call, type Operation, type Schema } from "./operations.ts";
import type { Target } from "./target.ts";

/** What remembers attempts, and may grow by a request that is refused. */
const ledgers = ["audit_event", "throttle", "rate_limit", "maintenance_run"];

/** After so many requests that only they remember they are emptied: nobody is to be throttled. */
const ledgerRequests = 10;

type Place = "values" | "query" | "body";

interface Change {
  place: Place;
  name: string;
  /** `undefined` leaves the field out. */
  value: unknown;
}

interface Fuzzed {
  operation: number;
  /** Which of the right requests. */
  variant: number;
  /** The person whose cookies are sent, if not one who may call the route. */
  visitor: number | null;
  changes: Change[];
  /** Instead of the body. */
  instead: unknown;
  contentType: string | null;
}

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

const contentTypes = [
  "",
  "text/plain",
  "application/json; charset=utf-16",
  "application/json; charset=nothing",
  "APPLICATION/JSON",
  "application/json, text/plain",
  "application/problem+json",
  "application/x-www-form-urlencoded",
  "application/x-www-form-urlencoded; charset=utf-7",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "/",
  ";",
];

/** What the fields and parameters of an operation may be set to. */
function valuesOf(known: string[]) {
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
                  ? fc.record(
                      Object.fromEntries(
                        Object.entries(schema?.properties ?? {}).map(([name, property]) => [
                          name,
                          ofSchema(property, depth + 1),
                        ]),
                      ),
                      { requiredKeys: [] },
                    )
                  : anything;
    return fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: anything });
  };
  // A URL has no half characters, nor a path of dots alone.
  const inPath = text.map((value) => {
    const whole = value.toWellFormed();
    return /^\.*$/.test(whole) ? `x${whole}` : whole;
  });
  const inQuery = fc.oneof(
    { weight: 4, arbitrary: inPath },
    // Given more than once, or more often than D1 has parameters.
    { weight: 1, arbitrary: fc.array(inPath, { minLength: 2, maxLength: 4 }) },
    { weight: 1, arbitrary: inPath.map((value) => Array<string>(150).fill(value)) },
  );
  return { text, anything, ofSchema, inPath, inQuery };
}

function changesOf(
  { parameters, body }: Operation,
  { text, anything, ofSchema, inPath, inQuery }: ReturnType<typeof valuesOf>,
): fc.Arbitrary<Change[]> {
  const change = (place: Place, name: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>) =>
    fc.record({ place: fc.constant(place), name, value });
  const fields = Object.entries(body?.properties ?? {}).map(([name, schema]) =>
    change("body", fc.constant(name), fc.option(ofSchema(schema), { nil: undefined, freq: 6 })),
  );
  const choices = [
    ...parameters.map((one) =>
      one.in === "path"
        ? change("values", fc.constant(one.name), inPath)
        : change("query", fc.constant(one.name), fc.option(inQuery, { nil: undefined, freq: 6 })),
    ),
    ...fields,
    // A name that is not there.
    change(
      "query",
      text.map((name) => name.toWellFormed()),
      inQuery,
    ),
    ...(fields.length === 0 ? [] : [change("body", text, anything)]),
  ];
  return fc.array(fc.oneof(...choices), { maxLength: 3 });
}

const seldom = <Value, Nil>(arbitrary: fc.Arbitrary<Value>, nil: Nil) =>
  fc.oneof({ weight: 19, arbitrary: fc.constant(nil) }, { weight: 1, arbitrary });

function fuzzedRequest({ operations, visitors, known, right }: Corpus): fc.Arbitrary<Fuzzed> {
  const values = valuesOf(known);
  return fc.oneof(
    ...operations.map((operation, index) =>
      fc.record({
        operation: fc.constant(index),
        variant: fc.nat({ max: (right(operation).length || 1) - 1 }),
        visitor: fc.option(fc.nat({ max: visitors.length - 1 }), { freq: 2 }),
        changes: changesOf(operation, values),
        instead: seldom(fc.oneof(values.anything, fc.string({ unit: "binary" })), undefined),
        contentType: seldom(fc.constantFrom(...contentTypes), null),
      }),
    ),
  );
}

/** The right request, changed. */
function changed({ values, query, body }: Call, { changes, instead, contentType }: Fuzzed): Call {
  const places: Record<Place, Record<string, unknown>> = {
    values: { ...values },
    query: { ...query },
    body: { ...(body as Record<string, unknown> | undefined) },
  };
  for (const { place, name, value } of changes) {
    if (value === undefined) delete places[place][name];
    // As JSON has it: `__proto__` is a name like any other.
    else
      Object.defineProperty(places[place], name, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
  const hasBody = body !== undefined || Object.keys(places.body).length > 0;
  return {
    values: places.values as Record<string, string>,
    query: places.query as Record<string, string | string[]>,
    body: instead ?? (hasBody ? places.body : undefined),
    ...(contentType === null ? {} : { headers: { "content-type": contentType } }),
  };
}

const countWrites = async ({ database }: Target) =>
  (await database.prepare("SELECT total_changes() AS writes").first<number>("writes")) ?? 0;

export interface Fuzzer {
  /** Sends one, and says what is wrong with the answer, if anything is. */
  attempt: (request: Fuzzed) => Promise<string | undefined>;
  /** How often each operation was carried out. */
  carriedOut: Map<string, number>;
}

/** @param hangMilliseconds after which a request that has no answer counts as hanging. */
export async function openFuzzer(corpus: Corpus, hangMilliseconds: number): Promise<Fuzzer> {
  const { target, operations, visitors, right, restore } = corpus;
  const carriedOut = new Map<string, number>();
  const before = await readRows(target, ledgers);
  let writes = await countWrites(target);
  let unrestored = 0;
  return {
    carriedOut,
    async attempt(request) {
      const operation = operations[request.operation] as Operation;
      const base = right(operation)[request.variant] ?? { call: {}, by: 0 };
      // A browser of its own: what it is told to forget, the next one still has.
      const browser = target.open();
      for (const pair of visitors[request.visitor ?? base.by]?.cookies ?? []) {
        browser.cookies.set(...pair);
      }
      const answer = await Promise.race([
        call(browser, operation, changed(base.call, request)),
        pause(hangMilliseconds, undefined, { ref: false }),
      ]);
      if (answer === undefined) return `${operation.name}: no answer in ${hangMilliseconds} ms`;
      const { status, headers, body } = answer;
      if (status >= 500) return `${operation.name}: ${status} ${JSON.stringify(body)}`;
      // Where a browser is led to the page for errors, the request was refused all the same.
      const isRefused = status >= 400 || /[?&]error=/.test(headers.get("location") ?? "");
      if (!isRefused) carriedOut.set(operation.name, (carriedOut.get(operation.name) ?? 0) + 1);
      if ((await countWrites(target)) === writes) return undefined;
      const rows = await readRows(target, ledgers);
      const changedRows = Object.entries(rows).flatMap(([table, now]) => {
        const then = before[table] ?? [];
        return [
          ...now.filter((row) => !then.includes(row)),
          ...then.filter((row) => !now.includes(row)),
        ].map((row) => `${table} ${row}`);
      });
      if (isRefused && changedRows.length > 0)
        return `${operation.name}: ${status}, but rows have changed: ${changedRows.join("; ")}`;
      // Ledgers and counters of tries may fill for a while; what was changed is put back before the next.
      unrestored += 1;
      if (changedRows.length > 0 || unrestored === ledgerRequests) {
        await restore();
        unrestored = 0;
      }
      writes = await countWrites(target);
      return undefined;
    },
  };
}

/** @returns what went wrong, with the seed that shows it again; `undefined` when nothing did. */
export async function fuzz(
  corpus: Corpus,
  fuzzer: Fuzzer,
  { runs, seed }: { runs: number; seed: number },
): Promise<string | undefined> {
  const property = fc.asyncProperty(fuzzedRequest(corpus), async (request) => {
    const wrong = await fuzzer.attempt(request);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const result = await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  if (!result.failed) return undefined;
  const reason = result.errorInstance instanceof Error ? result.errorInstance.message : "";
  return `seed ${seed}: ${reason}\n${fc.defaultReportMessage(result) ?? ""}`;
}
