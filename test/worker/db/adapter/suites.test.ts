/**
 * Better Auth's own suites for database adapters, on D1, each with the tables that it asks for. The suite of transactions
 * skips itself: the adapter does not claim to have any.
 */
import {
  authFlowTestSuite,
  caseInsensitiveTestSuite,
  joinsTestSuite,
  normalTestSuite,
  numberIdTestSuite,
  testAdapter,
  transactionsTestSuite,
  uuidTestSuite,
} from "@better-auth/test-utils/adapter";
import { afterAll, beforeAll, vi } from "vitest";
import { d1Adapter } from "../../../../src/worker/db/adapter/adapter.ts";
import { dropTables, makeTables, openTables } from "./generated-schema.ts";

beforeAll(() => {
  // The suites tell of each step.
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterAll(async () => {
  vi.restoreAllMocks();
  await dropTables();
});

const { execute } = await testAdapter({
  adapter: (options) => d1Adapter(openTables(options)),
  runMigrations: makeTables,
  tests: [
    normalTestSuite(),
    authFlowTestSuite(),
    joinsTestSuite(),
    numberIdTestSuite(),
    uuidTestSuite(),
    caseInsensitiveTestSuite(),
    transactionsTestSuite(),
  ],
});
execute();
