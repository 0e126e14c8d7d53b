/** `nno-auth status [<platformId>]` */
import { listPlatforms, readStatus } from "../../provisioning/status.ts";
import type { Values } from "../arguments.ts";
import { withTarget } from "../hint.ts";
import type { Output } from "../output.ts";
import { describeList, describeStatus } from "../status-text.ts";
import { readTarget } from "../target.ts";

export async function runStatus(platformId: string, values: Values, output: Output): Promise<void> {
  const target = await readTarget(values);
  if (platformId === "") {
    const platforms = await listPlatforms(target.cloudflare);
    return output.answer(platforms, withTarget(describeList(platforms), values));
  }
  const status = await readStatus({ platformId, ...target });
  output.answer(status, describeStatus(status));
}
