import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { account, member, organization, session, user } from "../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  join,
  newEmail,
  openApp,
  password,
  patience,
  enter,
} from "../browser.ts";
import { connectionLost, faulty, type Fault } from "./faulty.ts";

let fault: Fault = () => {};
const opened = openApp({}, { DB: faulty(env.DB, (sql) => fault(sql)) });
const logged: unknown[][] = [];

beforeEach(() => {
  logged.length = 0;
  for (const level of ["error", "warn"] as const) {
    vi.spyOn(console, level).mockImplementation((...line) => void logged.push(line));
  }
});

afterEach(() => {
  fault = () => {};
  vi.restoreAllMocks();
});

/** Fails whatever matches, every time. */
function failOn(pattern: RegExp, error: () => Error = connectionLost): void {
  fault = (sql) => {
    if (pattern.test(sql)) throw error();
  };
}

describe("a database that is down", () => {
  it("answers 503 with Retry-After, and signs nobody out", async () => {
    const ada = await enter(opened);
    const cookies = new Map(ada.browser.cookies);
    failOn(/./);
    for (const path of ["session", "get-session", "token", "organization/list", "list-sessions"]) {
      const answer = await ada.browser.get(`/api/auth/${path}`);
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect(answer.body).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
      expect(ada.browser.setCookies).toEqual([]);
    }
    fault = () => {};
    expect(ada.browser.cookies).toEqual(cookies);
    expect((await ada.browser.session()).user.email).toBe(ada.email);
  });

  it("keeps its CORS headers, so that the page can read why", async () => {
    const ada = await enter(opened);
    failOn(/./);
    const answer = await ada.browser.get("/api/auth/session");
    expect(answer.headers.get("access-control-allow-origin")).toMatch(/^https:\/\/console/);
  });

  it("is asked once: D1 repeats reads itself, and a write may have taken effect", async () => {
    const ada = await enter(opened);
    const asked = { reads: 0, writes: 0 };
    fault = (sql) => {
      if (!/^select/i.test(sql)) return;
      asked.reads += 1;
      throw connectionLost();
    };
    expect((await ada.browser.get("/api/auth/session")).status).toBe(503);
    expect(asked.reads).toBe(1);
    fault = (sql) => {
      if (!/^insert into "session"/i.test(sql)) return;
      asked.writes += 1;
      throw connectionLost();
    };
    const answer = await opened
      .open()
      .post("/api/auth/sign-in/email", { email: ada.email, password });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.body).toMatchObject({ code: "DATABASE_OUTCOME_UNKNOWN" });
    expect(asked.writes).toBe(1);
  });

  it("is not asked again when it sheds load", async () => {
    const ada = await enter(opened);
    let reads = 0;
    fault = () => {
      reads += 1;
      throw new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");
    };
    expect((await ada.browser.get("/api/auth/session")).status).toBe(503);
    expect(reads).toBe(1);
  });

  it("is never an empty list", async () => {
    const ada = await enter(opened);
    await database.update(user).set({ role: "platform-admin" }).where(eq(user.id, ada.id));
    failOn(/from "user" (limit|where)/i);
    const answer = await ada.browser.get("/api/auth/admin/list-users?limit=10");
    expect(answer.status).toBe(503);
  });

  it("does not spoil an answer by failing after it, in the background", async () => {
    failOn(/email_outbox/);
    const answer = await opened
      .open()
      .post("/api/auth/sign-up/email", { name: "Ada", email: newEmail(), password });
    expect(answer.status).toBe(200);
    await vi.waitFor(
      () => expect(JSON.stringify(logged)).toContain("background: DatabaseError"),
      patience,
    );
  });

  it("leaves no password, hash, token or address in the log or the answer", async () => {
    const ada = await enter(opened);
    const [token = ""] = [...ada.browser.cookies.values()].map((value) => value.split(".")[0]);
    const failures = [connectionLost, () => new Error("D1_ERROR: no such column: x: SQLITE_ERROR")];
    const answers: string[] = [];
    for (const failure of failures) {
      for (const pattern of [/./, /^insert/i, /"account"/i, /"session"/i]) {
        failOn(pattern, failure);
        const person = { name: "Ada", email: newEmail(), password: "planted-password-1" };
        for (const answer of [
          await ada.browser.get("/api/auth/session"),
          await opened.open().post("/api/auth/sign-up/email", person),
          await opened.open().post("/api/auth/sign-in/email", { email: ada.email, password }),
        ]) {
          if (answer.status >= 500) answers.push(JSON.stringify(answer.body));
        }
      }
    }
    const [row] = await database.select().from(account).where(eq(account.userId, ada.id));
    expect(answers.length).toBeGreaterThan(12);
    const everything = answers.join() + JSON.stringify(logged);
    for (const planted of [token, password, "planted-password-1", row?.password ?? "", ada.email]) {
      expect(planted).not.toBe("");
      expect(everything).not.toContain(planted);
    }
  });
});

describe("a failure half-way", () => {
  it("leaves no user without an account", async () => {
    failOn(/insert into "account"/i);
    const email = newEmail();
    const answer = await opened
      .open()
      .post("/api/auth/sign-up/email", { name: "Ada", email, password });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    fault = () => {};
    expect(await database.select().from(user).where(eq(user.email, email))).toEqual([]);
    const again = await opened
      .open()
      .post("/api/auth/sign-up/email", { name: "Ada", email, password });
    expect(again.status).toBe(200);
  });

  it("leaves no tenant without an owner", async () => {
    const ada = await enter(opened);
    failOn(/insert into "member"/i);
    const body = { name: "Half", slug: "half" };
    const answer = await ada.browser.post("/api/auth/organization/create", body);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    fault = () => {};
    const rows = await database.select().from(organization).where(eq(organization.slug, "half"));
    expect(rows).toEqual([]);
    expect((await ada.browser.post("/api/auth/organization/create", body)).status).toBe(200);
  });

  it("leaves no accepted invitation without a member", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "half-accepted");
    const invited = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
      email: bob.email,
      role: "member",
      organizationId: tenant.id,
    });
    const body = { invitationId: invited.body.id };
    for (const pattern of [/insert into "member"/i, /update "invitation"/i, /update "session"/i]) {
      failOn(pattern);
      const answer = await bob.browser.post("/api/auth/organization/accept-invitation", body);
      expect(answer.status).toBeGreaterThanOrEqual(500);
    }
    fault = () => {};
    const rows = await database.select().from(member).where(eq(member.userId, bob.id));
    expect(rows).toEqual([]);
    const accepted = await bob.browser.post("/api/auth/organization/accept-invitation", body);
    expect(accepted.status).toBe(200);
  });

  it("leaves a user whole who could not be deleted", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "half-deleted");
    await join(ada.browser, bob, tenant.id);
    const refused = await ada.browser.post("/api/auth/delete-user", { password });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "LAST_OWNER" });
    failOn(/delete from "user"/i);
    const failed = await bob.browser.post("/api/auth/delete-user", { password });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    fault = () => {};
    for (const { id } of [ada, bob]) {
      const accounts = await database.select().from(account).where(eq(account.userId, id));
      const sessions = await database.select().from(session).where(eq(session.userId, id));
      expect([accounts.length, sessions.length]).toEqual([1, 1]);
    }
  });
});
