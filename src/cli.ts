#!/usr/bin/env node
/**
 * `nno-auth`: what an operator types. Owns argv, output and exit codes, and is the one place that knows the provisioning
 * job and the local Cloudflare both. Errors become one line here.
 */
import { readArguments, type Arguments } from "./cli/arguments.ts";
import { exportToFile } from "./cli/export-file.ts";
import { help } from "./cli/help.ts";
import { withTarget } from "./cli/hint.ts";
import { createProgress } from "./cli/progress.ts";
import { readSecrets } from "./cli/secrets.ts";
import { defaultLocalPort, defaultStateFolder } from "./cli/local-defaults.ts";
import { describeFleet, describeList, describeStatus } from "./cli/status-text.ts";
import {
  localRootDomain,
  openTarget,
  reachable,
  readCredentials,
  type Target,
} from "./cli/target.ts";
import { UsageError } from "./cli/usage-error.ts";
import { deprovision } from "./provisioning/deprovision.ts";
import { readPlatform } from "./provisioning/desired.ts";
import { examine } from "./provisioning/doctor.ts";
import type { ProvisioningEvent } from "./provisioning/events.ts";
import { readFleet, upgradeFleet, type FleetEvent } from "./provisioning/fleet.ts";
import { JobStopped } from "./provisioning/explain.ts";
import { provision } from "./provisioning/provision.ts";
import { ProvisioningError } from "./provisioning/provisioning-error.ts";
import { listPlatforms, readStatus, verify } from "./provisioning/status.ts";
import { buildRelease } from "./release.ts";

type Values = Arguments["values"];

const argv = process.argv.slice(2);
const isJson = argv.includes("--json");

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people as it says, for machines as JSON. */
function answer(result: unknown, text: string): void {
  print(isJson ? JSON.stringify(result, undefined, 2) : text);
}

/** Miniflare alone takes longer to load than most commands take. */
const importStart = async () => import("./cli/start.ts");

async function main(): Promise<void> {
  const { command, platformId = "", values } = readArguments(argv);
  try {
    await obey(command, platformId, values);
  } catch (error) {
    report(error, values);
  }
}

async function obey(
  command: Arguments["command"],
  platformId: string,
  values: Values,
): Promise<void> {
  switch (command) {
    case "help":
      return print(help);
    case "provision":
      return runProvision(platformId, values);
    case "deprovision":
      return runDeprovision(platformId, values);
    case "status":
      return runStatus(platformId, values);
    case "verify":
      return runVerify(platformId, values);
    case "upgrade":
      return runUpgrade(values);
    case "doctor":
      return runDoctor(values);
    case "local":
      return runLocal(values);
    case "start":
      return runStart(values);
  }
}

async function runProvision(platformId: string, values: Values): Promise<void> {
  const target = await readTarget(values);
  // Before the build, which takes seconds.
  readPlatform(platformId, target);
  const secrets = await readSecrets(values.secret ?? [], values["secrets-file"]);
  const release = await buildRelease();
  const isDry = values["dry-run"] === true;
  const result = await withProgress(isDry, async (onEvent, signal) =>
    provision({
      platformId,
      release,
      ...target,
      secrets,
      claim: values.claim === true ? "always" : undefined,
      claimEmail: values["claim-email"],
      customDomain: values["custom-domain"],
      cookieDomain: values["cookie-domain"],
      consoleUrl: values["console-url"],
      emailFrom: values["email-from"],
      zoneName: values.zone,
      location: values.location,
      dryRun: values["dry-run"],
      failWhenBusy: values["no-wait"],
      onEvent,
      signal,
    }),
  );
  if (isDry)
    return answer(
      result,
      `Nothing was changed. The plan for ${result.authUrl}:\n${list(result.steps)}`,
    );
  const claim =
    result.claim === undefined
      ? ""
      : `\n  First admin  ${result.claim.url}\n               until ${new Date(result.claim.expiresAt).toISOString()}, once`;
  answer(
    result,
    `\n  Auth         ${result.authUrl}/api/auth\n  Health       ${result.authUrl}/healthz${claim}\n\n  curl ${result.authUrl}/api/auth/session`,
  );
}

async function runDeprovision(platformId: string, values: Values): Promise<void> {
  const target = await readTarget(values);
  const isDry = values["dry-run"] === true;
  const result = await withProgress(isDry, async (onEvent, signal) =>
    deprovision({
      platformId,
      ...target,
      confirm: values.confirm,
      saveExport: exportToFile(values["export-folder"] ?? "exports", platformId),
      dryRun: values["dry-run"],
      failWhenBusy: values["no-wait"],
      onEvent,
      signal,
    }),
  );
  if (isDry) return answer(result, `Nothing was changed. The plan:\n${list(result.steps)}`);
  const kept = result.exportedTo === undefined ? "" : `Its data is in ${result.exportedTo}. `;
  const tombstone = `The empty database ${result.tombstone} keeps its id taken.`;
  answer(
    result,
    result.changed
      ? `${platformId} is removed. ${kept}${tombstone}`
      : `${platformId} was removed before. ${tombstone}`,
  );
}

async function runStatus(platformId: string, values: Values): Promise<void> {
  const target = await readTarget(values);
  if (platformId === "") {
    const platforms = await listPlatforms(target.cloudflare);
    return answer(platforms, withTarget(describeList(platforms), values));
  }
  const status = await readStatus({ platformId, ...target });
  answer(status, describeStatus(status));
}

async function runVerify(platformId: string, values: Values): Promise<void> {
  const result = await verify({ platformId, ...(await readTarget(values)) });
  answer(result, `${result.authUrl} runs ${result.release}: ${result.checks.join(", ")}`);
}

async function runUpgrade(values: Values): Promise<void> {
  const target = await readTarget(values);
  const rings = values.rings?.split(",").map((size) => readCount("--rings", size));
  const concurrency =
    values.concurrency === undefined ? undefined : readCount("--concurrency", values.concurrency);
  const release = await buildRelease();
  if (values["dry-run"] === true) {
    const fleet = await readFleet({ ...target, release, concurrency });
    const text = withTarget(describeFleet(fleet, release.tag), values);
    return answer(fleet, `Nothing was changed. ${text}`);
  }
  const result = await interruptible(async (signal) =>
    upgradeFleet({
      ...target,
      release,
      rings,
      concurrency,
      signal,
      onEvent: (event) => sayFleet(event, values),
    }),
  );
  const { upgraded, failed, remaining } = result;
  answer(
    {
      ...result,
      failed: failed.map(({ platformId, error }) => ({
        platformId,
        error: problemOf(error, values),
      })),
    },
    `${upgraded.length} at ${release.tag}, ${failed.length} failed, ${remaining.length} not begun`,
  );
  if (failed.length > 0 || remaining.length > 0) process.exitCode = 1;
}

function sayFleet(event: FleetEvent, values: Values): void {
  if (isJson) return;
  if (event.type === "ring") {
    const which = event.ring === 0 ? "have the release already, and are verified first" : "";
    print(`ring ${event.ring}: ${event.platforms.length} platforms ${which}`.trim());
  }
  if (event.type === "platform") {
    print(withTarget(`${event.platformId} ${event.state} ${event.detail}`, values));
  }
}

async function runDoctor(values: Values): Promise<void> {
  const target = await readTarget(values);
  const findings = await examine(target.cloudflare, target.rootDomain);
  const marks = { ok: "✓", missing: "✗", unknown: "?" };
  const lines = findings.map(({ what, state, permission, detail }) =>
    state === "ok"
      ? `  ${marks[state]} ${what}`
      : `  ${marks[state]} ${what}: needs ${permission} (${detail ?? "no answer"})`,
  );
  answer(findings, lines.join("\n"));
  if (findings.some(({ state }) => state !== "ok")) process.exitCode = 1;
}

async function runLocal(values: Values): Promise<void> {
  const { startLocal } = await importStart();
  const folder = values.state ?? defaultStateFolder;
  const local = await startLocal(readPort(values.port), folder);
  const { port, apiBaseUrl, accountId } = local;
  const url = `http://${localRootDomain}:${port}`;
  answer(
    { url, apiBaseUrl, accountId },
    `\n  Provisioning  ${url}/\n  Mailbox       ${url}/mailbox\n  API           ${apiBaseUrl}\n  Credentials   ${folder}/cloudflare.env\n\n  ${withTarget("nno-auth provision <platformId>", { local: true, ...values })}`,
  );
  await interrupted();
  await local.stop();
}

async function runStart(values: Values): Promise<void> {
  const port = readPort(values.port);
  const stop = new AbortController();
  const interruption = interrupted();
  void interruption.then(() => stop.abort(new JobStopped()));
  const { start } = await importStart();
  const { summary, local } = await start({
    port,
    stateFolder: values.state ?? defaultStateFolder,
    progress: createProgress(isJson ? process.stderr : process.stdout),
    signal: stop.signal,
    say: (line) => (isJson ? undefined : print(line)),
  });
  answer({ port: local.port, apiBaseUrl: local.apiBaseUrl }, summary);
  await interruption;
  await local.stop();
}

async function readTarget(values: Values): Promise<Target> {
  const isLocal = values.local === true || values.state !== undefined;
  const folder = isLocal ? (values.state ?? defaultStateFolder) : undefined;
  return reachable(openTarget(readCredentials(process.env, folder), values["root-domain"]));
}

function readCount(option: string, value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(`${option} ${value}: a whole number from 1 is wanted`);
}

function readPort(value: string | undefined): number {
  const port = Number(value ?? defaultLocalPort);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new UsageError(`--port ${value}: a port is a whole number from 1 to 65535`);
}

/** Shows a job's events. */
async function withProgress<T>(
  isQuiet: boolean,
  job: (onEvent: (event: ProvisioningEvent) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const progress = isQuiet || isJson ? undefined : createProgress(process.stdout);
  try {
    return await interruptible(async (signal) => job((event) => progress?.onEvent(event), signal));
  } finally {
    progress?.end();
  }
}

/** An interruption stops a job between two steps, a second one at once. */
async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onInterrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new JobStopped());
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onInterrupt);
  try {
    return await job(stop.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
  }
}

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function list(steps: { name: string; isNeeded: boolean; what: string }[]): string {
  return steps
    .map(({ name, isNeeded, what }) => `  ${isNeeded ? "▸" : "–"} ${name.padEnd(11)} ${what}`)
    .join("\n");
}

/** An error for machines. */
function problemOf(error: unknown, values: Values) {
  if (!(error instanceof ProvisioningError)) {
    return { code: "usage", message: withTarget(messageOf(error), values) };
  }
  return { ...error.toJSON(), next: withTarget(error.next, values) };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** @param values undefined when the arguments themselves cannot be read. */
function report(error: unknown, values: Values = {}): void {
  process.exitCode = 1;
  if (isJson) return print(JSON.stringify({ error: problemOf(error, values) }));
  const said = error instanceof ProvisioningError ? error.line : messageOf(error);
  const line = withTarget(said, values).replaceAll(/\s*\n\s*/g, " ");
  process.stderr.write(`nno-auth: ${line}\n`);
}

await main().catch((error: unknown) => report(error));
