/**
 * Answers are what the API reference says: each request that is carried out, of every operation, is held to the schema of its
 * answer. An answer has no column that is declared as never returned.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, it } from "vitest";
import type { Browser } from "../people.ts";
import { openCorpus } from "./corpus.ts";
import { call } from "./operations.ts";

type Schema = Record<string, unknown>;

interface Document {
  paths: Record<
    string,
    Record<
      string,
      { responses?: Record<string, { content?: { "application/json"?: { schema?: Schema } } }> }
    >
  >;
}

/** Columns that are declared as never returned. */
const neverReturned =
  /"(?:impersonatorSessionId|provenAt|vouchedFor|password|secret|backupCodes|privateKey)":/g;

/** New codes are shown once, and the reference names every field. */
const mayTell = new Set([
  "POST /two-factor/enable",
  "POST /two-factor/generate-backup-codes",
  "GET /openapi.json",
]);

it("every answer fits the API reference", async () => {
  const corpus = await openCorpus();
  const { target, operations, visitors, right, restore } = corpus;
  const { body: document } = await target.open().get<Document & Schema>("/api/auth/openapi.json");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats["default"](ajv);
  ajv.addSchema(document, "reference");
  /** With the same cookies: an answer that signs out signs nobody else out. */
  const twin = (browser: Browser) => {
    const copy = target.open();
    for (const pair of browser.cookies) copy.cookies.set(...pair);
    return copy;
  };
  const failures: unknown[] = [];
  let held = 0;
  for (const operation of operations) {
    for (const { call: request, by } of right(operation)) {
      const visitor = visitors[by];
      if (visitor === undefined) continue;
      const { status, body, headers } = await call(twin(visitor), operation, request);
      const named = mayTell.has(operation.name)
        ? []
        : (JSON.stringify(body).match(neverReturned) ?? []);
      if (named.length > 0) failures.push([operation.name, status, "tells", ...named]);
      await restore();
      const { responses = {} } =
        document.paths[operation.path]?.[operation.method.toLowerCase()] ?? {};
      const pointer = [
        "paths",
        operation.path,
        operation.method.toLowerCase(),
        "responses",
        String(status),
        "content",
        "application/json",
        "schema",
      ]
        .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
        .join("/");
      const schema = responses[String(status)]?.content?.["application/json"]?.schema;
      if (responses[String(status)] === undefined) {
        failures.push([operation.name, status, "is not in the reference"]);
        continue;
      }
      if (body === "" || !/\bapplication\/json\b/.test(headers.get("content-type") ?? "")) continue;
      if (schema === undefined) {
        failures.push([operation.name, status, "no schema", JSON.stringify(body).slice(0, 300)]);
        continue;
      }
      held += 1;
      const validate = ajv.compile({ $ref: `reference#/${pointer}` });
      if (!validate(body)) {
        failures.push([
          operation.name,
          status,
          ajv.errorsText(validate.errors),
          JSON.stringify(body).slice(0, 300),
        ]);
      }
    }
  }
  await corpus.stop();
  expect(failures).toEqual([]);
  expect(held).toBeGreaterThan(100);
});
