import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { createAuthApp } from "../../src/worker/app.ts";

it("answers that nobody is signed in", async () => {
  const app = createAuthApp({}, { ...env });
  const answer = await app.fetch(
    new Request("https://auth.svc.default.k3m9p2xw7q.nno.app/api/auth/session"),
  );
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('{"session":null}');
});
