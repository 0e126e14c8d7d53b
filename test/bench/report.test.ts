/** What the tables say of figures: which flow grows with the table, and which target holds. */
import { expect, it } from "vitest";
import { grown, report } from "./report.ts";
import type { BenchResults, Size } from "./results.ts";

const timed = { count: 20, p50: 1, p99: 2 };
const size = (users: number, rowsRead: number): Size => ({
  users,
  seedSeconds: 1,
  mebibytes: 1,
  flows: [
    { flow: "list", queries: 1, statements: 1, rowsRead, rowsWritten: 0, timed },
    { flow: "session check", queries: 1, statements: 1, rowsRead: 2, rowsWritten: 0, timed },
  ],
});
const run = { measuredAt: "2026-11-25T00:00:00.000Z", machine: "a machine", failures: [] };
const measured = (perSecond: number, p99 = 1) => [{ count: 9, perSecond, p50: 1, p99 }];

it("names the flows whose rows grow with the table", () => {
  expect(grown([size(1000, 25), size(100_000, 25_000)])).toEqual(["list"]);
  expect(grown([size(1000, 25), size(100_000, 26)])).toEqual([]);
  const text = report({ scale: { ...run, sizes: [size(1000, 25), size(100_000, 25_000)] } });
  expect(text).toContain(
    "| list: 1 (1), **grows** | 25 / 0 | 25000 / 0 | 1.00 / 2.00 | 1.00 / 2.00 |",
  );
  expect(text).toContain(
    "at 100,000 users: queries / rows read / written | 1 / 2 / 0 | 1 / 2 / 0 | holds |",
  );
});

it("compares the contenders of each round, and says which of them failed", () => {
  const bench: BenchResults = {
    ...run,
    users: 1000,
    rounds: 1,
    seconds: 1,
    database: [],
    footprint: { bundleKibibytes: { ours: 451 } },
    failures: ["a flow, floor: answered 500"],
    flows: [
      {
        flow: "session check, signed in",
        contenders: { floor: [], "one-instance": measured(100), ours: measured(250) },
      },
      { flow: "sign-in, 1 client", contenders: { bare: measured(10), ours: measured(8) } },
    ],
  };
  const text = report({ bench });
  expect(text).toContain(
    "| session check, signed in |  | failed |  | 100 (100 to 100) | 250 (250 to 250) |",
  );
  expect(text).toContain(
    "| session check, signed in: of one-instance | ≥ 2 | 2.50 (2.50 to 2.50) | holds |",
  );
  expect(text).toContain("| session check, signed in: of floor | ≥ 0.9 | not measured |  |");
  expect(text).toContain(
    "| sign-in, 1 client: of 1 / hash time | ≥ 0.9 | 0.80 (0.80 to 0.80) | missed |",
  );
  expect(text).toContain("| bundle, gzip | ≤ 450 KiB | 451.0 KiB | missed |");
  expect(text).toContain("- failed: a flow, floor: answered 500");
});
