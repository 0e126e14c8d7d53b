/** The thing that the attacks attack is the Worker as it is deployed, or none of them says anything. */
import { beforeAll, expect, it } from "vitest";
import { enrol } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ isolates: 2 });
  return target.stop;
});

it("answers like the deployed Worker, from either isolate", async () => {
  const { browser, email } = await target.signUp();
  await enrol(browser);
  for (const isolate of ["0", "1"]) {
    const { body } = await browser.get("/api/auth/session", { "x-test-isolate": isolate });
    expect(body).toMatchObject({ user: { email, twoFactorEnabled: true } });
  }
  expect([...browser.cookies.keys()]).toContain("__Secure-better-auth.session_token");
});
