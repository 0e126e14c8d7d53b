/** `nno-auth deprovision <platformId> --confirm <platformId>` */
import { deprovision } from "../../provisioning/deprovision.ts";
import type { Values } from "../arguments.ts";
import { exportToFile } from "../export-file.ts";
import type { Output } from "../output.ts";
import { describePlan, withProgress } from "../progress.ts";
import { readTarget } from "../target.ts";

export async function runDeprovision(
  platformId: string,
  values: Values,
  output: Output,
): Promise<void> {
  const target = await readTarget(values);
  const isDry = values["dry-run"] === true;
  const result = await withProgress(isDry || output.isJson, async (onEvent, signal) =>
    deprovision({
      platformId,
      ...target,
      confirm: values.confirm,
      saveExport: exportToFile(values["export-folder"] ?? "exports", platformId),
      dryRun: isDry,
      failWhenBusy: values["no-wait"],
      onEvent,
      signal,
    }),
  );
  if (isDry) {
    return output.answer(result, `Nothing was changed. The plan:\n${describePlan(result.steps)}`);
  }
  const kept = result.exportedTo === undefined ? "" : `Its data is in ${result.exportedTo}. `;
  const tombstone = `The empty database ${result.tombstone} keeps its id taken.`;
  output.answer(
    result,
    result.changed
      ? `${platformId} was removed. ${kept}${tombstone}`
      : `${platformId} had already been removed. ${tombstone}`,
  );
}
