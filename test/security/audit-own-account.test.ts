/** The audit log of what people do to their own account, and of what they fail to do. */
import { beforeAll, describe, expect, it } from "vitest";
import { authenticator, enrol, linkIn, newEmail, password, type Person } from "../people.ts";
import {
  events,
  from,
  openAuditedPlatform,
  origin,
  type AuditedPlatform,
} from "./audited-platform.ts";
import type { Cast } from "./plant.ts";
import { newPassword, requests } from "./requests.ts";
import type { Target } from "./target.ts";

/** Covered by `oauth-tokens.test.ts`, since no provider can be reached here, and by `platform-admins.test.ts`. */
const elsewhere = [
  "GET /callback/{id}",
  "POST /callback/{id}",
  "POST /unlink-account",
  "POST /platform/claim",
];

let target: Target;
let cast: Cast;
let root: Person;
let eventsOf: AuditedPlatform["eventsOf"];

beforeAll(async () => {
  ({ target, cast, root, eventsOf } = await openAuditedPlatform());
  return target.stop;
});

describe("what people do to their own account", () => {
  const own: Record<string, (event: string) => Promise<void>> = {};
  const expectEvent = async (
    event: string,
    actor: string | null,
    act: () => Promise<{ status: number }>,
    status = 200,
  ) => {
    const left = await eventsOf(async () => {
      expect((await act()).status).toBe(status);
    });
    expect(left).toContainEqual(expect.objectContaining({ event, actor_id: actor, ...origin }));
    expect(JSON.stringify(left)).not.toMatch(/tortoise|marble orbit/);
  };
  const post =
    ({ browser }: Pick<Person, "browser">, path: string, body: unknown = {}) =>
    async () =>
      browser.post(`/api/auth/${path}`, body, from);
  const signIn = (person: Person) =>
    post({ browser: target.open() }, "sign-in/email", { email: person.email, password });

  Object.assign(own, {
    "POST /sign-up/email": async (event: string) => {
      const left = await eventsOf(
        post({ browser: target.open() }, "sign-up/email", {
          name: "Ada",
          email: newEmail(),
          password,
        }),
      );
      expect(left).toMatchObject([{ event, subject_id: expect.any(String), ...origin }]);
    },
    "POST /sign-in/email": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, signIn(person));
    },
    "POST /end-sessions": async (event: string) => {
      const person = await target.enter();
      for (const address of ["198.51.100.21", "198.51.100.22"]) {
        const body = { email: person.email, password };
        const headers = { "cf-connecting-ip": address };
        await target.open().post("/api/auth/sign-in/email", body, headers);
      }
      const { hash } = linkIn(await target.mailTo(person.email, "New sign-in"));
      const token = new URLSearchParams(hash.slice(1)).get("token");
      await expectEvent(
        event,
        person.id,
        post({ browser: target.open() }, "end-sessions", { token }),
      );
    },
    "POST /sign-out": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "sign-out"));
    },
    "POST /reset-password": async (event: string) => {
      const person = await target.enter();
      await post(person, "request-password-reset", { email: person.email })();
      const token = linkIn(await target.mailTo(person.email, "Reset")).searchParams.get("token");
      await expectEvent(
        event,
        person.id,
        post({ browser: target.open() }, "reset-password", { token, newPassword }),
      );
    },
    "GET /verify-email": async (event: string) => {
      const email = newEmail();
      await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password });
      const { search } = linkIn(await target.mailTo(email, "Confirm"));
      const left = await eventsOf(async () =>
        target.open().get(`/api/auth/verify-email${search}`, from),
      );
      const id = await target.database
        .prepare("SELECT id FROM user WHERE email = ?")
        .bind(email)
        .first("id");
      expect(left).toMatchObject([
        { event, actor_id: id, detail: JSON.stringify({ email }), ...origin },
      ]);
    },
    "POST /change-email": async (event: string) => {
      const person = await target.enter();
      const next = newEmail();
      const steps = [post(person, "change-email", { newEmail: next })];
      for (const [to, subject] of [
        [person.email, "Confirm your new"],
        [next, "Confirm your email"],
      ] as const) {
        steps.push(async () => {
          const { search } = linkIn(await target.mailTo(to, subject));
          return person.browser.get(`/api/auth/verify-email${search}`, from);
        });
      }
      const left = await eventsOf(async () => {
        for (const step of steps) expect((await step()).status).toBe(200);
      });
      const told = JSON.stringify({ email: person.email, newEmail: next });
      expect(left).toMatchObject(
        [
          { event, detail: JSON.stringify({ newEmail: next }) },
          { event: "email.change_confirmed", detail: told },
          { event: "email.changed", detail: told },
        ].map((row) => ({ ...row, actor_id: person.id, ...origin })),
      );
    },
    "POST /change-password": async (event: string) => {
      const person = await target.enter();
      await expectEvent(
        event,
        person.id,
        post(person, "change-password", { currentPassword: password, newPassword }),
      );
    },
    "POST /delete-user": async (event: string) => {
      const person = await target.enter();
      const left = await eventsOf(async () => {
        expect((await post(person, "delete-user", { password })()).status).toBe(200);
      });
      // A deletion leaves pseudonyms alone.
      const pseudonym: unknown = expect.stringMatching(/^deleted-[A-Za-z0-9]{16}$/);
      expect(left).toMatchObject([
        { event, actor_id: pseudonym, subject_id: pseudonym, ...origin },
      ]);
      expect(JSON.stringify(left)).not.toContain(person.id);
    },
    "POST /revoke-session": async (event: string) => {
      const person = await target.enter();
      const { body } =
        await person.browser.get<Record<string, string>[]>("/api/auth/list-sessions");
      const { token = "", id = "" } = body[0] ?? {};
      await expectEvent(
        event,
        person.id,
        post(person, "revoke-session", { token: token === "" ? id : token }),
      );
    },
    "POST /revoke-sessions": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "revoke-sessions"));
    },
    "POST /revoke-other-sessions": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "revoke-other-sessions"));
    },
    "POST /admin/stop-impersonating": async (event: string) => {
      const admin = await target.enterAdmin();
      const left = await eventsOf(async () => {
        await post(admin, "admin/impersonate-user", { userId: cast.guest.id })();
        await post(admin, "admin/stop-impersonating")();
      });
      expect(left).toContainEqual(expect.objectContaining({ event, ...origin }));
      expect(JSON.stringify(left.find((row) => row.event === event))).toContain(admin.id);
    },
    "POST /two-factor/get-totp-uri": async (event: string) => {
      const person = await target.enter();
      await person.browser.post("/api/auth/two-factor/enable", { password });
      await expectEvent(event, person.id, post(person, "two-factor/get-totp-uri", { password }));
    },
    "POST /organization/create": async (event: string) => {
      const person = await target.enter();
      await expectEvent(
        event,
        person.id,
        post(person, "organization/create", { name: "A", slug: "audited" }),
      );
    },
    "POST /two-factor/enable": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "two-factor/enable", { password }));
    },
    "POST /two-factor/verify-totp": async (event: string) => {
      const person = await target.enter();
      const { body } = await person.browser.post<{ totpURI: string }>(
        "/api/auth/two-factor/enable",
        { password },
      );
      const code = await authenticator(body.totpURI)(0);
      await expectEvent(event, person.id, post(person, "two-factor/verify-totp", { code }));
    },
    "POST /two-factor/verify-backup-code": async (event: string) => {
      const person = await target.enter();
      const { backupCodes } = await enrol(person.browser);
      const browser = target.open();
      await post({ browser }, "sign-in/email", { email: person.email, password })();
      const left = await eventsOf(async () => {
        const code = "a-wrong-code";
        await post({ browser }, "two-factor/verify-backup-code", { code })();
        await post({ browser }, "two-factor/verify-backup-code", { code: backupCodes[0] })();
      });
      // A sign-in that was not finished names its account, too.
      expect(left).toMatchObject(
        ["two_factor.failed", "session.created", event].map((name) => ({
          event: name,
          actor_id: person.id,
          ...origin,
        })),
      );
    },
    "POST /two-factor/generate-backup-codes": async (event: string) => {
      const person = await target.enter();
      const { backupCodes } = await enrol(person.browser);
      const sent = { password, code: backupCodes[0] };
      await expectEvent(event, person.id, post(person, "two-factor/generate-backup-codes", sent));
    },
    "POST /two-factor/disable": async (event: string) => {
      const person = await target.enter();
      const { backupCodes } = await enrol(person.browser);
      const sent = { password, code: backupCodes[0] };
      await expectEvent(event, person.id, post(person, "two-factor/disable", sent));
    },
  });

  it.each(Object.entries(own))("is recorded: %s", async (name, act) => {
    await act(events[name] ?? "");
  });

  it("is covered by a test for every operation that leaves an event", () => {
    const aimedAtOthers = Object.keys(requests).filter((name) =>
      requests[name]?.({
        owner: {},
        member: {},
        invitation: {},
        user: { email: "" },
      } as never).some(({ permitted }) => permitted[0] !== undefined && permitted[0] !== "self"),
    );
    const shown = new Set([...Object.keys(own), ...aimedAtOthers, ...elsewhere]);
    const told = Object.entries(events).flatMap(([name, event]) => (event === null ? [] : [name]));
    expect(told.filter((name) => !shown.has(name))).toEqual([]);
  });

  const failures: [string, (person: Person) => () => Promise<{ status: number }>][] = [
    [
      "sign_in.failed",
      ({ email }) =>
        post({ browser: target.open() }, "sign-in/email", { email, password: newPassword }),
    ],
    [
      "password.change_failed",
      (person) =>
        post(person, "change-password", {
          currentPassword: newPassword,
          newPassword: `${newPassword}!`,
        }),
    ],
    [
      "password.check_failed",
      (person) => post(person, "verify-password", { password: newPassword }),
    ],
    [
      "password.reset_failed",
      () => post({ browser: target.open() }, "reset-password", { token: "none", newPassword }),
    ],
    [
      "two_factor.disable_failed",
      (person) => post(person, "two-factor/disable", { password: newPassword }),
    ],
  ];

  it("is recorded when a sign-in at a provider fails", async () => {
    const left = await eventsOf(async () => {
      const { status } = await target
        .open()
        .get("/api/auth/callback/google?error=access_denied", from);
      expect(status).toBe(302);
    });
    expect(left).toMatchObject([
      { event: "sign_in.failed", detail: '{"provider":"google"}', ...origin },
    ]);
  });

  it.each(failures)("is recorded when it fails: %s", async (event, attempt) => {
    const person = await target.signUp();
    const left = await eventsOf(attempt(person));
    const isAnonymous = ["sign_in.failed", "password.reset_failed"].includes(event);
    expect(left).toMatchObject([{ event, actor_id: isAnonymous ? null : person.id, ...origin }]);
    expect(JSON.stringify(left)).not.toMatch(/tortoise|marble orbit/);
  });

  it.each([
    "verify-password",
    "delete-user",
    "two-factor/enable",
    "two-factor/get-totp-uri",
    "two-factor/generate-backup-codes",
  ])("is recorded when a session is used to guess the password: %s", async (route) => {
    const person = await target.signUp();
    const body: Record<string, string | undefined> = { password: newPassword };
    if (route === "two-factor/get-totp-uri") {
      await person.browser.post("/api/auth/two-factor/enable", { password });
    }
    if (route === "two-factor/generate-backup-codes") {
      const { backupCodes } = await enrol(person.browser);
      body["code"] = backupCodes[0];
    }
    const left = await eventsOf(post(person, route, body));
    const detail = JSON.stringify({ route: `/${route}` });
    expect(left).toMatchObject([
      { event: "password.check_failed", actor_id: person.id, detail, ...origin },
    ]);
  });

  it("records no end of an impersonation when nobody impersonates", async () => {
    const person = await target.signUp();
    const left = await eventsOf(async () => {
      const statuses = [];
      for (const browser of [target.open(), person.browser, root.browser]) {
        statuses.push((await post({ browser }, "admin/stop-impersonating")()).status);
      }
      expect(statuses).toEqual([401, 400, 400]);
    });
    expect(left).toEqual([]);
  });

  it("is recorded when a sign-in of any other kind fails", async () => {
    const left = await eventsOf(
      post({ browser: target.open() }, "sign-in/social", { provider: "nobody's" }),
    );
    expect(left).toMatchObject([
      { event: "sign_in.failed", detail: '{"provider":"nobody\'s"}', ...origin },
    ]);
  });

  it("is recorded each time a code is replayed, and once when there were too many tries", async () => {
    const person = await target.signUp();
    const { code } = await enrol(person.browser);
    const browser = target.open();
    await post({ browser }, "sign-in/email", { email: person.email, password })();
    const used = await code(0);
    // Other tests use up the tries of the one that they share.
    const network = { ...from, "cf-connecting-ip": "198.51.100.8" };
    const replayed = await eventsOf(async () => {
      for (let time = 0; time < 2; time += 1) {
        const again = await browser.post(
          "/api/auth/two-factor/verify-totp",
          { code: used },
          network,
        );
        expect(again.status).toBe(401);
      }
    });
    const failed = { event: "two_factor.failed", actor_id: person.id, ip_address: "198.51.100.8" };
    expect(replayed).toMatchObject([failed, failed]);
    expect(JSON.stringify(replayed)).not.toContain(used);

    const refused = await eventsOf(async () => {
      let refusals = 0;
      // Without an authenticator's code in it: the network's tries, of which a few are left.
      for (let time = 0; refusals < 3; time += 1) {
        expect(time).toBeLessThan(20);
        const { status } = await post({ browser }, "two-factor/verify-totp", { code: "000000" })();
        if (status === 429) refusals += 1;
      }
    });
    expect(refused.filter(({ event }) => event === "request.refused")).toMatchObject([
      {
        actor_id: person.id,
        detail: '{"route":"/two-factor/verify-totp","code":"TOO_MANY_TRIES"}',
        ...origin,
      },
    ]);
  });
});
