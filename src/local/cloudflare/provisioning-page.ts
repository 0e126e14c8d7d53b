/** The page "Platform > Provisioning": every platform with its addresses, and its last job, step by step. */
import { markup, linkify, page, type Html, type PageLink } from "../page.ts";
import type { Cloud } from "./call.ts";
import {
  listPlatformIds,
  readPlatform,
  type ListedPlatform,
  type ProvisioningJob,
  type ProvisioningStep,
} from "./platforms.ts";

const platformsPerPage = 25;
const liveMilliseconds = 500;
const idleMilliseconds = 3_000;
const states = new Set(["waiting", "running", "done", "skipped", "failed"]);

export async function provisioningPage(
  cloud: Cloud,
  port: number,
  pageNumber: number,
): Promise<Response> {
  const ids = listPlatformIds(cloud);
  const start = (pageNumber - 1) * platformsPerPage;
  const shown = ids.slice(start, start + platformsPerPage);
  const platforms = await Promise.all(shown.map((id) => readPlatform(cloud, id, port)));
  const isRunning = platforms.some(({ job }) => job !== undefined && stateOf(job) === "running");
  const links: PageLink[] = [
    { text: "Provisioning", href: "/", isCurrent: true },
    { text: "Mailbox", href: "/mailbox" },
  ];
  return page({
    title: markup`<small>Platform &gt;</small> Provisioning`,
    name: "Platform > Provisioning",
    links,
    refreshMilliseconds: isRunning ? liveMilliseconds : idleMilliseconds,
    content: [
      ids.length === 0
        ? markup`<p class="empty">
            No platform yet. The first one appears here while it is provisioned.
          </p>`
        : markup`<p class="quiet">
            ${ids.length} ${ids.length === 1 ? "platform" : "platforms"}, newest first
          </p>`,
      ...platforms.map((item) => platformCard(item, cloud.now())),
      pageLinks(pageNumber, Math.ceil(ids.length / platformsPerPage)),
    ],
  });
}

function platformCard({ contract, hasWorker, release, job }: ListedPlatform, now: number): Html {
  const mailbox = `/mailbox?platform=${contract.platformId}`;
  return markup`<article>
    <h2>${contract.platformId}</h2>
    <p class="quiet">
      ${hasWorker ? (release === undefined ? "Worker uploaded" : `Release ${release}`) : "Worker not uploaded yet"}
    </p>
    <dl>
      <dt>Auth</dt>
      <dd><a href="${contract.authUrl}/api/auth/session">${contract.authUrl}</a></dd>
      <dt>Console</dt>
      <dd><a href="${contract.consoleUrl}">${contract.consoleUrl}</a></dd>
      <dt>Mailbox</dt>
      <dd><a href="${mailbox}">Mail of this platform</a></dd>
      <dt>Database</dt>
      <dd><code>${contract.databaseName}</code></dd>
    </dl>
    ${job === undefined ? markup`<p class="quiet">No provisioning job is on record.</p>` : jobSection(contract.platformId, job, now)}
  </article>`;
}

/** Folded once every step is done, because then there is nothing to see. */
function jobSection(platformId: string, job: ProvisioningJob, now: number): Html {
  const state = stateOf(job);
  const what = [job.command, job.release].filter((part) => part !== "").join(" ");
  const isTimed = state === "running" || job.endedAt !== undefined;
  const when = [
    job.startedAt === undefined ? "" : formatTime(job.startedAt),
    isTimed ? formatDuration(job.startedAt, job.endedAt, now) : "",
  ].filter((part) => part !== "");
  const isTold = job.steps.some(({ error }) => error === job.error);
  return markup`<details id="job-${platformId}"${state === "done" ? "" : { html: " open" }}>
    <summary>Last job${what === "" ? "" : `: ${what}`} <span class="state ${state}">${state}</span> <span class="time">${when.join(" · ")}</span></summary>
    ${job.error === "" || isTold ? "" : markup`<p class="failed" role="alert">${job.error}</p>`}
    <ol>${job.steps.map((step) => stepRow(step, now))}</ol>
  </details>`;
}

function stateOf({ steps, outcome, isDead }: ProvisioningJob): string {
  if (isDead || outcome === "abandoned") return "abandoned";
  if (outcome !== "") return states.has(outcome) ? outcome : "done";
  const found = new Set(steps.map(({ state }) => state));
  return ["failed", "running", "waiting"].find((state) => found.has(state)) ?? "done";
}

function stepRow(step: ProvisioningStep, now: number): Html {
  const state = states.has(step.state) ? step.state : "waiting";
  return markup` <li class="step">
    <span class="state ${state}">${step.state}</span>
    <span>${step.name}</span>
    <span class="time">${formatDuration(step.startedAt, step.endedAt, now)}</span>
    ${step.detail === "" ? "" : markup`<p class="quiet">${linkify(step.detail)}</p>`}
    ${step.error === "" ? "" : markup`<p class="failed" role="alert">${step.error}</p>`}
  </li>`;
}

function pageLinks(current: number, pages: number): Html {
  if (pages <= 1) return markup``;
  const link = (number: number, text: string) => markup`<a href="/?page=${number}">${text}</a>`;
  return markup`<nav>
    ${current > 1 ? link(current - 1, "Newer") : ""}
    <span class="quiet">Page ${current} of ${pages}</span>
    ${current < pages ? link(current + 1, "Older") : ""}
  </nav>`;
}

function formatTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? ""
    : date.toISOString().slice(0, "2026-01-01T00:00:00".length).replace("T", " ").concat(" UTC");
}

function formatDuration(start: number | undefined, end: number | undefined, now: number): string {
  if (start === undefined) return "";
  const milliseconds = Math.max(0, (end ?? now) - start);
  if (milliseconds < 1_000) return `${milliseconds} ms`;
  if (milliseconds < 100_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
