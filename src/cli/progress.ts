/** Shows a job's events to a person: on a terminal a live list of steps with their times, in a pipe one line for each step. */
import type { AnnouncedStep, ProvisioningEvent } from "../provisioning/events.ts";
import { interruptible } from "./interruption.ts";

interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

interface Line {
  name: string;
  state: "waiting" | "running" | "done" | "skipped" | "failed";
  startedAt: number | undefined;
  endedAt: number | undefined;
  detail: string;
}

export interface Progress {
  onEvent(event: ProvisioningEvent): void;
  /** Leaves the list as it stands. */
  end(): void;
}

const refreshMs = 100;
const marks = { waiting: "·", running: "▸", done: "✓", skipped: "–", failed: "✗" };

export function createProgress(out: Output): Progress {
  return out.isTTY === true ? liveProgress(out) : plainProgress(out);
}

/** Shows the events of a job, and lets an interruption stop it. */
export async function withProgress<T>(
  isQuiet: boolean,
  job: (onEvent: (event: ProvisioningEvent) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const progress = isQuiet ? undefined : createProgress(process.stdout);
  try {
    return await interruptible(async (signal) => job((event) => progress?.onEvent(event), signal));
  } finally {
    progress?.end();
  }
}

/** One line for each step of a plan. */
export function describePlan(steps: readonly AnnouncedStep[]): string {
  const width = nameWidth(steps);
  return steps
    .map(({ name, isNeeded, what }) => `  ${isNeeded ? "▸" : "–"} ${name.padEnd(width)} ${what}`)
    .join("\n");
}

const nameWidth = (steps: readonly { name: string }[]) =>
  Math.max(...steps.map(({ name }) => name.length)) + 1;

const seconds = ({ startedAt, endedAt }: Line) =>
  startedAt === undefined ? "" : `${(((endedAt ?? Date.now()) - startedAt) / 1000).toFixed(2)} s`;

function track(lines: Line[], event: ProvisioningEvent): Line | undefined {
  if (event.type === "plan") {
    // A second plan follows a wait for another job, so the list starts again.
    lines.splice(0);
    for (const { name } of event.steps) {
      lines.push({ name, state: "waiting", startedAt: undefined, endedAt: undefined, detail: "" });
    }
    return undefined;
  }
  if (event.type === "note") return undefined;
  const line = lines.find(({ name }) => name === event.step);
  if (line === undefined) return undefined;
  line.state = event.state;
  line.detail = event.detail ?? "";
  if (event.state === "running") line.startedAt = event.at;
  else if (event.state !== "skipped") line.endedAt = event.at;
  return line;
}

function plainProgress(out: Output): Progress {
  const lines: Line[] = [];
  return {
    onEvent(event) {
      if (event.type === "note") out.write(`note: ${event.message}\n`);
      const line = track(lines, event);
      if (line === undefined || line.state === "running") return;
      const parts = [line.name, line.state, seconds(line), line.detail];
      out.write(`${parts.filter((part) => part !== "").join(" ")}\n`);
    },
    end() {},
  };
}

function liveProgress(out: Output): Progress {
  const lines: Line[] = [];
  let shown = 0;
  const clear = () => {
    if (shown > 0) out.write(`\u001b[${shown}A\u001b[J`);
    shown = 0;
  };
  /** Lines must not wrap, or only half of them would be cleared. Some terminals report a width of 0. */
  const width = () => (out.columns === undefined || out.columns === 0 ? 80 : out.columns);
  const draw = () => {
    clear();
    for (const line of lines) {
      const text = `  ${marks[line.state]} ${line.name.padEnd(nameWidth(lines))}${seconds(line).padStart(8)}  ${line.detail}`;
      out.write(`${text.slice(0, width() - 1).trimEnd()}\n`);
    }
    shown = lines.length;
  };
  const timer = setInterval(draw, refreshMs);
  timer.unref();
  return {
    onEvent(event) {
      track(lines, event);
      if (event.type === "note") {
        clear();
        out.write(`  ${event.message}\n`);
      }
      draw();
    },
    end() {
      clearInterval(timer);
      draw();
      shown = 0;
    },
  };
}
