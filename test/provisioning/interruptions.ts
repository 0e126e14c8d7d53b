/**
 * The ways in which a call of a job goes wrong, and which calls meet which. `npm run test:interruptions` lets every call
 * meet all nine; the tests let each meet its kill and one other, so that every call and every way is there.
 */
import type { Fault } from "./proxy.ts";

export type Way = Pick<Fault, "when" | "how">;

interface Interruption {
  name: string;
  fault: Fault;
}

const isWhole = process.env["INTERRUPTIONS"] === "all";

const kills: Way[] = [
  { when: "after", how: "dead" },
  // Leaves what the call before leaves, and is most of interest at the first.
  { when: "before", how: "dead" },
];
const failures: Way[] = [
  { when: "before", how: "429" },
  { when: "before", how: "500" },
  { when: "after", how: "500" },
  { when: "before", how: "reset" },
  { when: "after", how: "reset" },
  { when: "before", how: "hang" },
  { when: "after", how: "hang" },
];

/**
 * Groups to be run in a world each: a world has databases for one.
 *
 * @param calls what each call of the job does, in order.
 * @param ways of failing beside being killed.
 */
export function interruptions(
  calls: readonly string[],
  ways: readonly Way[] = failures,
): [title: string, interruptions: Interruption[]][] {
  const cut = (name: string, call: number, way: Way): Interruption => ({
    name: `${name} (${way.how}, ${way.when} it takes effect)`,
    fault: { call, ...way },
  });
  if (isWhole) {
    return [...kills, ...ways].map((way) => [
      `${way.how}, ${way.when}`,
      calls.map((name, call) => cut(name, call, way)),
    ]);
  }
  const [afterwards, before] = kills as [Way, Way];
  const other = (call: number) => ways[call % ways.length] as Way;
  return [
    ["killed", calls.map((name, call) => cut(name, call, call === 0 ? before : afterwards))],
    ["one fault", calls.map((name, call) => cut(name, call, other(call)))],
  ];
}
