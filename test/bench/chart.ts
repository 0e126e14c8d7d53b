/** Bars of what is answered in a second, a scale for each flow; readable on light and on dark. */
import { contenderNames } from "./contender.ts";
import { median, type BenchResults } from "./results.ts";

const chartFlows = [
  "session check, signed in",
  "session check, signed out, no cookie",
  "session check, 8 kB of other cookies",
  "token, 4 clients",
  "sign-in, 1 client",
];
const names: Partial<Record<string, string>> = {
  bare: "Hono, a constant",
  floor: "Hono, one query",
  "instance-per-request": "Better Auth, per request",
  "one-instance": "Better Auth, one instance",
  ours: "this Worker",
};
const left = 190;
const width = 430;
const barHeight = 18;
const barStep = 23;

export function chart({ flows }: BenchResults): string {
  const parts: string[] = [];
  let y = 4;
  for (const wanted of chartFlows) {
    const flow = flows.find((one) => one.flow === wanted);
    if (flow === undefined) continue;
    const bars = contenderNames.flatMap((name) => {
      const measured = flow.contenders[name] ?? [];
      const label = name === "bare" && wanted.startsWith("sign-in") ? "one hash" : names[name];
      if (label === undefined || measured.length === 0) return [];
      return [{ name, label, perSecond: median(measured.map(({ perSecond }) => perSecond)) }];
    });
    const most = Math.max(...bars.map(({ perSecond }) => perSecond));
    const note = wanted.startsWith("sign-in") ? " (the peers' hash is cheaper)" : "";
    y += 20;
    parts.push(`<text x="8" y="${y}" class="flow">${wanted}, a second${note}</text>`);
    y += 10;
    for (const { name, label, perSecond } of bars) {
      const length = Math.max(2, (perSecond / most) * width);
      const kind =
        name === "ours" ? "ours" : name === "bare" || name === "floor" ? "bound" : "peer";
      const shown =
        perSecond < 100 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en");
      parts.push(
        `<text x="${left - 8}" y="${y + 14}" class="name">${label}</text>`,
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="3" class="${kind}"/>`,
        `<text x="${(left + length + 7).toFixed(1)}" y="${y + 14}" class="value">${shown}</text>`,
      );
      y += barStep;
    }
    y += 8;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="${y + 4}" viewBox="0 0 700 ${y + 4}" role="img" aria-label="Answers a second, of this Worker and of its peers">
<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #57606a; }
  .flow { font-weight: 600; fill: #1f2328; }
  .name { text-anchor: end; }
  .value { font-variant-numeric: tabular-nums; }
  .bound { fill: #d0d7de; }
  .peer { fill: #8c959f; }
  .ours { fill: #4f5ee0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; }
    .flow { fill: #f0f6fc; }
    .bound { fill: #3d444d; }
    .peer { fill: #6e7681; }
    .ours { fill: #8f9bff; }
  }
</style>
${parts.join("\n")}
</svg>
`;
}
