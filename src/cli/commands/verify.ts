/** `nno-auth verify <platformId>` */
import { verify } from "../../provisioning/status.ts";
import type { Values } from "../arguments.ts";
import type { Output } from "../output.ts";
import { readTarget } from "../target.ts";

export async function runVerify(platformId: string, values: Values, output: Output): Promise<void> {
  const result = await verify({ platformId, ...(await readTarget(values)) });
  output.answer(result, `${result.authUrl} runs ${result.release}: ${result.checks.join(", ")}`);
}
