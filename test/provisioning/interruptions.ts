/**
 * The ways in which a call of a job can fail, and which calls fail in which way. `npm run test:interruptions` tries all nine
 * ways for every call. The tests try a kill and one other way for each call, so that every call and every way occurs.
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
  // This leaves the same state as a kill after the previous call, so only the first call needs it.
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
 * Groups of interruptions. Each group needs a world of its own, because a world has databases for only one.
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
