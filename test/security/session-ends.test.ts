/** Sessions that somebody else holds when a person signs in anew, or changes what signs them in. */
import { beforeAll, describe, expect, it } from "vitest";
import { enrol, linkIn, newEmail, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let admin: Person;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  admin = await target.enterAdmin();
  return target.stop;
});

const newPassword = "another correct horse battery";
const revokeAll = "/api/auth/revoke-sessions";
const revokeOthers = "/api/auth/revoke-other-sessions";
const revokeByAdmin = "/api/auth/admin/revoke-user-sessions";

async function userOf(browser: Browser): Promise<string | undefined> {
  const { body } = await browser.get<{ user?: { id: string } }>("/api/auth/session");
  return body.user?.id;
}

async function signInElsewhere({ email }: { email: string }): Promise<Browser> {
  const browser = target.open();
  const signedIn = await browser.post("/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  return browser;
}

/** A browser with the same cookies: the thief's, or the same one at another moment. */
function copyOf(browser: Browser): Browser {
  const copy = target.open();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

describe("the session that a browser presents at sign-in", () => {
  it("ends, so that a planted or copied session is worthless", async () => {
    const ada = await target.enter();
    const planted = copyOf(ada.browser);
    await ada.browser.post("/api/auth/sign-in/email", { email: ada.email, password });
    expect(await userOf(ada.browser)).toBe(ada.id);
    expect(await userOf(planted)).toBeUndefined();
  });

  it("ends when somebody else signs in", async () => {
    const [mallory, ada] = [await target.enter(), await target.enter()];
    const planted = copyOf(mallory.browser);
    await mallory.browser.post("/api/auth/sign-in/email", { email: ada.email, password });
    expect(await userOf(mallory.browser)).toBe(ada.id);
    expect(await userOf(planted)).toBeUndefined();
  });

  it("ends when the sign-in asks for a code", async () => {
    const [mallory, ada] = [await target.enter(), await target.enter()];
    const { code } = await enrol(ada.browser);
    const planted = copyOf(mallory.browser);
    await mallory.browser.post("/api/auth/sign-in/email", { email: ada.email, password });
    expect(await userOf(planted)).toBeUndefined();
    await mallory.browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(await userOf(mallory.browser)).toBe(ada.id);
    expect(await userOf(planted)).toBeUndefined();
  });

  it("stays when the sign-in fails", async () => {
    const ada = await target.enter();
    const failed = await ada.browser.post("/api/auth/sign-in/email", {
      email: ada.email,
      password: "wrong horse battery staple",
    });
    expect(failed.status).toBe(401);
    expect(await userOf(ada.browser)).toBe(ada.id);
  });
});

interface Change {
  name: string;
  /** Makes the change; true when the browser at hand stays signed in. */
  make: (ada: Person) => Promise<boolean>;
}

const changes: Change[] = [
  {
    name: "password change, also when it is not asked for",
    make: async ({ browser }) => {
      const answer = await browser.post("/api/auth/change-password", {
        currentPassword: password,
        newPassword,
        revokeOtherSessions: false,
      });
      expect(answer.status).toBe(200);
      return true;
    },
  },
  {
    name: "password reset",
    make: async ({ email }) => {
      const stranger = target.open();
      await stranger.post("/api/auth/request-password-reset", { email });
      const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
      const answer = await stranger.post("/api/auth/reset-password", { newPassword, token });
      expect(answer.status).toBe(200);
      return false;
    },
  },
  {
    name: "password set by an admin",
    make: async ({ id }) => {
      const body = { userId: id, newPassword };
      const answer = await admin.browser.post("/api/auth/admin/set-user-password", body);
      expect(answer.status).toBe(200);
      return false;
    },
  },
  {
    name: "ban",
    make: async ({ id }) => {
      const answer = await admin.browser.post("/api/auth/admin/ban-user", { userId: id });
      expect(answer.status).toBe(200);
      return false;
    },
  },
  {
    name: "ban by an update",
    make: async ({ id }) => {
      const body = { userId: id, data: { banned: true } };
      const answer = await admin.browser.post("/api/auth/admin/update-user", body);
      expect(answer.status).toBe(200);
      return false;
    },
  },
  {
    name: "promotion",
    make: async ({ id }) => {
      const body = { userId: id, role: "platform-admin" };
      expect((await admin.browser.post("/api/auth/admin/set-role", body)).status).toBe(200);
      return false;
    },
  },
  {
    name: "second factor turned on",
    make: async ({ browser }) => {
      await enrol(browser);
      return true;
    },
  },
  {
    name: "address changed by an admin",
    make: async ({ id }) => {
      const body = { userId: id, data: { email: newEmail() } };
      const answer = await admin.browser.post("/api/auth/admin/update-user", body);
      expect(answer.status).toBe(200);
      return false;
    },
  },
];

describe("other sessions end at the next request after a", () => {
  it.each(changes)("$name", async ({ make }) => {
    const ada = await target.enter();
    const others = [await target.enterElsewhere(ada), await target.enterElsewhere(ada)];
    const before = copyOf(ada.browser);
    const stays = await make(ada);
    for (const other of others) expect(await userOf(other)).toBeUndefined();
    expect(await userOf(ada.browser)).toBe(stays ? ada.id : undefined);
    // The browser at hand has a new session: a copy of its cookies is worth nothing.
    expect(await userOf(before)).toBeUndefined();
  });

  it("demotion, with all that the role allowed", async () => {
    const grace = await target.enterAdmin();
    const demoted = await admin.browser.post("/api/auth/admin/set-role", {
      userId: grace.id,
      role: "user",
    });
    expect(demoted.status).toBe(200);
    expect(await userOf(grace.browser)).toBeUndefined();
    expect((await grace.browser.get("/api/auth/admin/list-users")).status).toBe(401);
  });

  it("second factor turned off", async () => {
    const ada = await target.enter();
    const { code, backupCodes } = await enrol(ada.browser);
    const other = await signInElsewhere(ada);
    await other.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(await userOf(other)).toBe(ada.id);
    const body = { password, code: backupCodes[0] };
    expect((await ada.browser.post("/api/auth/two-factor/disable", body)).status).toBe(200);
    expect(await userOf(other)).toBeUndefined();
    expect(await userOf(ada.browser)).toBe(ada.id);
  });

  it("change, and only the user's own", async () => {
    const [ada, bob] = [await target.enter(), await target.enter()];
    await ada.browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
    expect(await userOf(bob.browser)).toBe(bob.id);
  });
});

describe("a trusted device", () => {
  /** A thief's browser that Ada's platform trusts, and Ada's own. */
  async function trusted() {
    const ada = await target.enter();
    const { code, backupCodes } = await enrol(ada.browser);
    const device = await signInElsewhere(ada);
    const verified = await device.post("/api/auth/two-factor/verify-totp", {
      code: await code(1),
      trustDevice: true,
    });
    expect(verified.status).toBe(200);
    return { ada: { ...ada, backupCodes }, device };
  }

  async function isAsked(device: Browser, email: string, secret: string): Promise<unknown> {
    for (const name of device.cookies.keys()) {
      if (/session|dont_remember/.test(name)) device.cookies.delete(name);
    }
    const { body } = await device.post("/api/auth/sign-in/email", { email, password: secret });
    return body["twoFactorRedirect"];
  }

  it("is trusted, as long as nothing has changed", async () => {
    const { ada, device } = await trusted();
    expect(await isAsked(device, ada.email, password)).toBeUndefined();
    expect(await userOf(device)).toBe(ada.id);
  });

  it.each<[string, (ada: Person) => Promise<unknown>]>([
    [
      "password change",
      async ({ browser }) =>
        browser.post("/api/auth/change-password", { currentPassword: password, newPassword }),
    ],
    [
      "password reset",
      async ({ email }) => {
        await target.open().post("/api/auth/request-password-reset", { email });
        const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
        return target.open().post("/api/auth/reset-password", { newPassword, token });
      },
    ],
    [
      "password set by an admin",
      async ({ id }) => {
        const body = { userId: id, newPassword };
        return admin.browser.post("/api/auth/admin/set-user-password", body);
      },
    ],
  ])("is asked for the code again after a %s", async (_name, change) => {
    const { ada, device } = await trusted();
    expect(await change(ada)).toMatchObject({ status: 200 });
    expect(await isAsked(device, ada.email, newPassword)).toBe(true);
  });

  /** @returns the address to sign in with then. */
  const changesOfElse: [string, (ada: Person & { backupCodes: string[] }) => Promise<string>][] = [
    [
      "a ban that has been lifted",
      async ({ id, email }) => {
        for (const path of ["ban-user", "unban-user"]) {
          const answer = await admin.browser.post(`/api/auth/admin/${path}`, { userId: id });
          expect(answer.status).toBe(200);
        }
        return email;
      },
    ],
    [
      "a ban by an update that has been lifted",
      async ({ id: userId, email }) => {
        for (const banned of [true, false]) {
          const body = { userId, data: { banned } };
          const answer = await admin.browser.post("/api/auth/admin/update-user", body);
          expect(answer.status).toBe(200);
        }
        return email;
      },
    ],
    ...["platform-admin", "user"].map((role): [string, (ada: Person) => Promise<string>] => [
      `another role: ${role}`,
      async ({ id, email }) => {
        const other = role === "user" ? "platform-admin" : "user";
        // Past the Worker: what the device was trusted as.
        await target.database
          .prepare("UPDATE user SET role = ? WHERE id = ?")
          .bind(other, id)
          .run();
        const body = { userId: id, role };
        const answer = await admin.browser.post("/api/auth/admin/set-role", body);
        expect(answer.status).toBe(200);
        return email;
      },
    ]),
    [
      "the second factor was turned off and on",
      async ({ browser, email, backupCodes: [code] }) => {
        const answer = await browser.post("/api/auth/two-factor/disable", { password, code });
        expect(answer.status).toBe(200);
        await enrol(browser);
        return email;
      },
    ],
    [
      "another address by an admin",
      async ({ id: userId }) => {
        const email = newEmail();
        const body = { userId, data: { email } };
        const answer = await admin.browser.post("/api/auth/admin/update-user", body);
        expect(answer.status).toBe(200);
        return email;
      },
    ],
    ["another address by its owner", moveAddress],
  ];

  it.each<[string, (ada: Person) => Promise<unknown>]>([
    ["their owner signs out everywhere", async ({ browser }) => browser.post(revokeAll)],
    ["their owner signs out all others", async ({ browser }) => browser.post(revokeOthers)],
    [
      "an admin signs them out everywhere",
      async ({ id: userId }) => admin.browser.post(revokeByAdmin, { userId }),
    ],
  ])("is asked for the code again after %s", async (_name, end) => {
    const { ada, device } = await trusted();
    expect(await end(ada)).toMatchObject({ status: 200 });
    expect(await isAsked(device, ada.email, password)).toBe(true);
    expect(await userOf(device)).toBeUndefined();
  });

  it("stays one when its user signs out all others there", async () => {
    const { ada, device } = await trusted();
    expect((await device.post(revokeOthers)).status).toBe(200);
    expect(await userOf(ada.browser)).toBeUndefined();
    expect(await isAsked(device, ada.email, password)).toBeUndefined();
    expect(await userOf(device)).toBe(ada.id);
  });

  it("stays one when somebody else signs out everywhere, or may not sign its user out", async () => {
    const { ada, device } = await trusted();
    const bob = await target.enter();
    expect((await bob.browser.post(revokeByAdmin, { userId: ada.id })).status).toBe(403);
    expect((await bob.browser.post(revokeAll)).status).toBe(200);
    const grace = await target.enterAdmin();
    const body = { userId: ada.id };
    expect((await grace.browser.post("/api/auth/admin/impersonate-user", body)).status).toBe(200);
    for (const path of [revokeAll, revokeOthers, revokeByAdmin]) {
      expect((await grace.browser.post(path, body)).status).toBe(403);
    }
    expect(await isAsked(device, ada.email, password)).toBeUndefined();
  });

  it.each(changesOfElse)("is asked for the code again after %s", async (_name, change) => {
    const { ada, device } = await trusted();
    expect(await isAsked(device, await change(ada), password)).toBe(true);
    expect(await userOf(device)).toBeUndefined();
  });
});

/** By the links in the mails to both addresses. @returns the new one. */
async function moveAddress({ browser, email: old }: Person): Promise<string> {
  const email = newEmail();
  const asked = await browser.post("/api/auth/change-email", { newEmail: email });
  expect(asked.status).toBe(200);
  for (const [to, subject] of [
    [old, "Confirm your new"],
    [email, "Confirm your email"],
  ] as const) {
    const { search } = linkIn(await target.mailTo(to, subject));
    expect((await browser.get(`/api/auth/verify-email${search}`)).status).toBe(200);
  }
  return email;
}

it("another address, by its owner, ends other sessions, and the resets that the old one has", async () => {
  const ada = await target.enter();
  const other = await target.enterElsewhere(ada);
  await target.open().post("/api/auth/request-password-reset", { email: ada.email });
  const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token");
  const email = await moveAddress(ada);
  expect((await ada.browser.session()).user).toMatchObject({ id: ada.id, email });
  expect(await userOf(other)).toBeUndefined();
  const late = await target.open().post("/api/auth/reset-password", { token, newPassword });
  expect(late.status).toBe(400);
});

describe("a half-done sign-in with the old password", () => {
  it("is not finished after the password has changed", async () => {
    const ada = await target.enter();
    const { code } = await enrol(ada.browser);
    const thief = await signInElsewhere(ada);
    await ada.browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
    const answer = await thief.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(answer.status).toBe(401);
    expect(await userOf(thief)).toBeUndefined();
  });

  it("does not leave a reset link that was sent before", async () => {
    const ada = await target.enter();
    await target.open().post("/api/auth/request-password-reset", { email: ada.email });
    const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token");
    await ada.browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
    const late = { newPassword: "a thief's correct horse battery", token };
    expect((await target.open().post("/api/auth/reset-password", late)).status).toBe(400);
  });
});

describe("two at once", () => {
  it("a ban, and session checks that would prolong: no session is left", async () => {
    const ada = await target.enter();
    await target.database
      .prepare("UPDATE session SET expires_at = expires_at - 172800000 WHERE user_id = ?")
      .bind(ada.id)
      .run();
    const asking = Array.from({ length: 12 }, async () =>
      copyOf(ada.browser).get("/api/auth/session"),
    );
    await Promise.all([
      admin.browser.post("/api/auth/admin/ban-user", { userId: ada.id }),
      ...asking,
    ]);
    const left = await target.database
      .prepare("SELECT count(*) AS n FROM session WHERE user_id = ?")
      .bind(ada.id)
      .first("n");
    expect(left).toBe(0);
  });
});

it("a tenant role ends no session: it is read live, and an owner signs nobody out of the platform", async () => {
  const [ada, bob] = [await target.enter(), await target.enter()];
  const tenant = await ada.browser.post<{ id: string }>("/api/auth/organization/create", {
    name: "Tenant",
    slug: "role-changes",
  });
  const organizationId = tenant.body.id;
  const invited = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
    email: bob.email,
    role: "admin",
    organizationId,
  });
  const accepted = await bob.browser.post<{ member: { id: string } }>(
    "/api/auth/organization/accept-invitation",
    { invitationId: invited.body.id },
  );
  const rename = { organizationId, data: { name: "Bob's" } };
  expect((await bob.browser.post("/api/auth/organization/update", rename)).status).toBe(200);
  const demoted = await ada.browser.post("/api/auth/organization/update-member-role", {
    memberId: accepted.body.member.id,
    role: "member",
    organizationId,
  });
  expect(demoted.status).toBe(200);
  expect((await bob.browser.post("/api/auth/organization/update", rename)).status).toBe(403);
  expect(await userOf(bob.browser)).toBe(bob.id);
});
