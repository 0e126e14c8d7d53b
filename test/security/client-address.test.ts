/** Callers through a service binding, who choose every header. */
import { beforeAll, expect, it } from "vitest";
import { newEmail } from "../people.ts";
import { bindingHeader, startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const guess = async (email: string, address: string, headers: Record<string, string> = {}) =>
  target
    .open()
    .post(
      "/api/auth/sign-in/email",
      { email, password: "wrong wrong wrong" },
      { "cf-connecting-ip": address, ...headers },
    );

it("cannot guess from a network of their choice for each try", async () => {
  const { email } = await target.enter();
  const statuses = [];
  for (let count = 0; count < 12; count += 1) {
    const { status } = await guess(email, `198.51.100.${count}`, { [bindingHeader]: "1" });
    statuses.push(status);
  }
  // All of them are one group of callers without an address, which has five of an account's ten tries.
  expect(statuses).toEqual([
    ...Array.from({ length: 5 }, () => 401),
    ...Array.from({ length: 7 }, () => 429),
  ]);
});

it("cannot use up the tries of somebody else's network", async () => {
  const victim = "203.0.113.200";
  for (let count = 0; count < 4; count += 1) {
    await guess(newEmail(), victim, { [bindingHeader]: "1" });
  }
  expect((await guess(newEmail(), victim)).status).toBe(401);
});

it("leave no invented address in the audit log", async () => {
  const { email } = await target.enter();
  await guess(email, "203.0.113.201", { [bindingHeader]: "1" });
  await guess(email, "203.0.113.202");
  const { results } = await target.database
    .prepare(
      "SELECT ip_address FROM audit_event WHERE ip_address IN ('203.0.113.201', '203.0.113.202')",
    )
    .all<{ ip_address: string }>();
  expect(results).toEqual([{ ip_address: "203.0.113.202" }]);
});
