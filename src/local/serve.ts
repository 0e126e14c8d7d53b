/**
 * Runs a local Cloudflare by itself, until it is interrupted:
 *
 *   node src/local/serve.ts [--port <number>] [--state <folder>]
 */
import { parseArgs } from "node:util";
import { startLocalCloudflare } from "./cloudflare.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8788" },
    state: { type: "string", default: ".nno" },
  },
});
try {
  const cloudflare = await startLocalCloudflare({
    port: Number(values.port),
    stateFolder: values.state,
    log: (line) => console.log(line),
  });
  console.log(`
  Provisioning  http://nno.localhost:${cloudflare.port}
  API           ${cloudflare.apiBaseUrl}
  Credentials   ${values.state}/cloudflare.env
`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void cloudflare.stop());
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
