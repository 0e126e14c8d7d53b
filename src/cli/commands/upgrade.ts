/** `nno-auth upgrade` */
import { readFleet, upgradeFleet, type FleetEvent } from "../../provisioning/upgrade-fleet.ts";
import { readCount, type Values } from "../arguments.ts";
import { buildRelease } from "../build-release.ts";
import { withTarget } from "../hint.ts";
import { interruptible } from "../interruption.ts";
import { describeError, type Output } from "../output.ts";
import { describeFleet } from "../status-text.ts";
import { readTarget } from "../target.ts";

export async function runUpgrade(values: Values, output: Output): Promise<void> {
  const target = await readTarget(values);
  const rings = values.rings?.split(",").map((size) => readCount("--rings", size));
  const concurrency =
    values.concurrency === undefined ? undefined : readCount("--concurrency", values.concurrency);
  const release = await buildRelease();
  if (values["dry-run"] === true) {
    const fleet = await readFleet({ ...target, release, concurrency });
    const text = withTarget(describeFleet(fleet, release.tag), values);
    return output.answer(fleet, `Nothing was changed. ${text}`);
  }
  const result = await interruptible(async (signal) =>
    upgradeFleet({
      ...target,
      release,
      rings,
      concurrency,
      signal,
      onEvent: (event) => reportEvent(event, values, output),
    }),
  );
  const { upgraded, failed, remaining } = result;
  const failures = failed.map(({ platformId, error }) => ({
    platformId,
    error: describeError(error, values),
  }));
  output.answer(
    { ...result, failed: failures },
    `${upgraded.length} upgraded to ${release.tag}, ${failed.length} failed, ${remaining.length} not begun`,
  );
  if (failed.length > 0 || remaining.length > 0) process.exitCode = 1;
}

function reportEvent(event: FleetEvent, values: Values, output: Output): void {
  if (output.isJson) return;
  if (event.type === "ring") {
    const why = event.ring === 0 ? " that already have the release and are verified first" : "";
    output.print(`ring ${event.ring}: ${event.platforms.length} platforms${why}`);
  }
  if (event.type === "platform") {
    output.print(withTarget(`${event.platformId} ${event.state} ${event.detail}`, values));
  }
}
