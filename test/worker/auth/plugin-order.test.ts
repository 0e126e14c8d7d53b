/** The order of the plugins decides which hook sees a request first; it is pinned here, whole. */
import { describe, expect, it } from "vitest";
import { inPhase, orderPlugins, phases } from "../../../src/worker/auth/plugin-order.ts";
import { auth, openAuth } from "../auth-instance.ts";

const orderOf = ({ options }: Pick<typeof auth, "options">) =>
  options.plugins.map(({ phase, id }) => `${phase}: ${id}`);

/** As it was reviewed. A plugin that moves is a change of what guards what: say why in the commit. */
const reviewed = [
  "guard: nno-route-guard",
  "guard: nno-impersonation",
  "guard: nno-optional-routes",
  "guard: nno-session-ids",
  "guard: nno-platform-admin-two-factor",
  "guard: nno-own-credentials",
  "guard: nno-recent-proof",
  "guard: nno-password-policy",
  "guard: nno-tenant-two-factor",
  "guard: nno-role-ceiling",
  "count: nno-plugin-limits",
  "count: nno-throttle",
  "count: nno-daily-changes",
  "judge: nno-password-alone",
  "judge: nno-password-upgrade",
  "judge: nno-totp-replay",
  "judge: nno-factor-for-changes",
  "serve: nno-core-endpoints",
  "serve: admin",
  "serve: organization",
  "serve: jwt",
  "serve: nno-tenants",
  "serve: nno-users",
  "serve: nno-member-pages",
  "serve: nno-claim",
  "serve: nno-stored-names",
  "serve: nno-oauth",
  "serve: nno-sign-in-options",
  "end-old-session: nno-session-ends",
  "challenge: two-factor",
  "deliver: bearer",
  "settle: nno-address-proof",
  "settle: nno-account-enumeration",
  "settle: nno-known-devices",
  "record: nno-audit",
  "notify: nno-invitation-answers",
  "notify: nno-notices",
];

it("runs the plugins in the order that was reviewed", () => {
  expect(orderOf(auth)).toEqual(reviewed);
});

it("puts an owner's plugin behind every guard and before what follows a sign-in", () => {
  const order = orderOf(openAuth({}, { plugins: [{ id: "owners" }] }));
  const place = order.indexOf("owner: owners");
  expect(order.toSpliced(place, 1)).toEqual(reviewed);
  expect(order[place - 1]).toMatch(/^serve: /);
  expect(order[place + 1]).toMatch(/^end-old-session: /);
});

describe("the phases", () => {
  it.each(phases)("%s has a plugin", (phase) => {
    const order = orderOf(openAuth({}, { plugins: [{ id: "owners" }] }));
    expect(order.some((place) => place.startsWith(`${phase}: `))).toBe(true);
  });

  it("order plugins however they are listed, and keep the order of the list within a phase", () => {
    const listed = [
      inPhase("record", { id: "last" }),
      inPhase("count", { id: "second" }),
      inPhase("guard", { id: "first" }),
      inPhase("count", { id: "third" }),
    ];
    expect(orderPlugins(listed).map(({ id }) => id)).toEqual(["first", "second", "third", "last"]);
  });
});
