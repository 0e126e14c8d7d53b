/**
 * `npm start` and `nno-auth start`: the provisioning job on this machine. Builds the Worker, starts the local Cloudflare,
 * provisions the demo platform there, and prints its addresses. A second run finds everything in place, and issues a fresh
 * claim link until somebody has used one.
 */
import type { LocalCloudflare } from "../../local/cloudflare.ts";
import { JobStopped } from "../../provisioning/explain.ts";
import { provision, type ProvisionResult } from "../../provisioning/provision.ts";
import { readPort, type Values } from "../arguments.ts";
import { buildRelease } from "../build-release.ts";
import { interrupted } from "../interruption.ts";
import { defaultLocalPort, defaultStateFolder } from "../local-defaults.ts";
import { startLocal } from "../local-server.ts";
import type { Output } from "../output.ts";
import { createProgress } from "../progress.ts";
import { openTarget } from "../target.ts";

const demoPlatformId = "k3m9p2xw7q";
/** Only one process can use a state folder, so the lease of a run that was killed need not be waited for. */
const leaseSeconds = 10;

export async function runStart(values: Values, output: Output): Promise<void> {
  const port = readPort(values.port, defaultLocalPort);
  const stop = new AbortController();
  const interruption = interrupted();
  void interruption.then(() => stop.abort(new JobStopped()));
  const announce = (line: string) => (output.isJson ? undefined : output.print(line));

  announce("Building the Worker");
  const release = await buildRelease();
  announce("Starting the local Cloudflare");
  const local = await startLocal(port, values.state ?? defaultStateFolder);
  const progress = createProgress(output.isJson ? process.stderr : process.stdout);
  try {
    const { cloudflare, rootDomain, ...target } = openTarget(local);
    const result = await provision({
      platformId: demoPlatformId,
      release,
      cloudflare,
      rootDomain,
      port: target.port,
      fetch: target.fetch,
      claim: "always",
      leaseSeconds,
      onEvent: (event) => progress.onEvent(event),
      signal: stop.signal,
    });
    progress.end();
    output.answer(
      { port: local.port, apiBaseUrl: local.apiBaseUrl },
      describeAddresses(result, rootDomain, local),
    );
  } catch (error) {
    progress.end();
    await local.stop();
    throw error;
  }
  await interruption;
  await local.stop();
}

function describeAddresses(
  { authUrl, consoleUrl, claim }: ProvisionResult,
  rootDomain: string,
  { port }: LocalCloudflare,
): string {
  const index = `http://${rootDomain}:${port}`;
  return `
  Console       ${consoleUrl}/
  Auth          ${authUrl}/api/auth
  Health        ${authUrl}/healthz
  Provisioning  ${index}/
  Mailbox       ${index}/mailbox
  First admin   ${claim?.url ?? "there is one already"}

  curl ${authUrl}/api/auth/session
`;
}
