/** `nno-auth local`: the local Cloudflare by itself. */
import { readPort, type Values } from "../arguments.ts";
import { withTarget } from "../hint.ts";
import { interrupted } from "../interruption.ts";
import { defaultLocalPort, defaultStateFolder } from "../local-defaults.ts";
import { startLocal } from "../local-server.ts";
import type { Output } from "../output.ts";
import { localRootDomain } from "../target.ts";

export async function runLocal(values: Values, output: Output): Promise<void> {
  const folder = values.state ?? defaultStateFolder;
  const local = await startLocal(readPort(values.port, defaultLocalPort), folder);
  const { port, apiBaseUrl, accountId } = local;
  const url = `http://${localRootDomain}:${port}`;
  output.answer(
    { url, apiBaseUrl, accountId },
    `\n  Provisioning  ${url}/\n  Mailbox       ${url}/mailbox\n  API           ${apiBaseUrl}\n  Credentials   ${folder}/cloudflare.env\n\n  ${withTarget("nno-auth provision <platformId>", { local: true, ...values })}`,
  );
  await interrupted();
  await local.stop();
}
