/** `nno-auth provision <platformId>` */
import { readPlatform } from "../../provisioning/desired.ts";
import { provision } from "../../provisioning/provision.ts";
import type { Values } from "../arguments.ts";
import { buildRelease } from "../build-release.ts";
import type { Output } from "../output.ts";
import { describePlan, withProgress } from "../progress.ts";
import { readSecrets, warningOfArguments } from "../secrets.ts";
import { readTarget } from "../target.ts";

export async function runProvision(
  platformId: string,
  values: Values,
  output: Output,
): Promise<void> {
  const target = await readTarget(values);
  // Checked before the build, which takes seconds.
  readPlatform(platformId, target);
  const secrets = await readSecrets(values.secret ?? [], values["secrets-file"]);
  const warning = warningOfArguments(values.secret ?? []);
  if (warning !== undefined) output.warn(warning);
  const release = await buildRelease();
  const isDry = values["dry-run"] === true;
  const result = await withProgress(isDry || output.isJson, async (onEvent, signal) =>
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
      jurisdiction: values.jurisdiction,
      dryRun: isDry,
      failWhenBusy: values["no-wait"],
      onEvent,
      signal,
    }),
  );
  const { authUrl, claim, steps } = result;
  if (isDry) {
    return output.answer(
      result,
      `Nothing was changed. The plan for ${authUrl}:\n${describePlan(steps)}`,
    );
  }
  const firstAdmin =
    claim === undefined
      ? ""
      : `\n  First admin  ${claim.url}\n               valid once, until ${new Date(claim.expiresAt).toISOString()}`;
  output.answer(
    result,
    `\n  Auth         ${authUrl}/api/auth\n  Health       ${authUrl}/healthz${firstAdmin}\n\n  curl ${authUrl}/api/auth/session`,
  );
}
