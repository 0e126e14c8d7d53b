import { scryptSync } from "node:crypto";
import { hashSync } from "bcryptjs";
import { and, eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { formatPhc, parsePhc } from "../../../../src/worker/auth/passwords/phc.ts";
import { createPasswords } from "../../../../src/worker/auth/passwords/passwords.ts";
import { createHashQueue } from "../../../../src/worker/auth/passwords/hash-queue.ts";
import { account } from "../../../../src/worker/db/schema.ts";
import { database, openApp, password, signUp } from "../../browser.ts";

/** better-auth 1.7.25: hashPassword(password). */
const betterAuthHash =
  "a023a39a85899ba6320b09c68cb1c1ac:9a799c18432c8efc3345f4a444c0d3abae71d27f30ce2d8eaf27072a25e97b553fe6a5bc98e4ebcf48441f01cfbc9c24e31a8b905ca206f5e8b67d2538db14e2";

const opened = openApp();
const outdated: string[] = [];
const passwords = createPasswords({
  runInQueue: createHashQueue(),
  onVerified: ({ hash, outdated: isOutdated }) => {
    if (isOutdated) outdated.push(hash);
  },
});
const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe("a hash", () => {
  it("of today says how it was made, and is its own", async () => {
    const [one, other] = [await passwords.hash(password), await passwords.hash(password)];
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(other).not.toBe(one);
    expect(await passwords.verify({ hash: one, password })).toBe(true);
    expect(await passwords.verify({ hash: one, password: `${password}.` })).toBe(false);
    expect(outdated).toEqual([]);
  });

  it.each([
    {
      name: "scrypt of another cost (RFC 7914 section 12)",
      hash: formatPhc({
        cost: { ln: 14, r: 8, p: 1 },
        salt: bytes("SodiumChloride"),
        hash: hex(
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        ),
      }),
      right: "pleaseletmein",
    },
    {
      name: "Better Auth's own",
      hash: betterAuthHash,
      right: password,
    },
    {
      name: "bcrypt (crypt_blowfish's vector)",
      hash: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      right: "U*U",
    },
    {
      name: "bcrypt of PHP",
      hash: "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      right: "U*U",
    },
  ])(
    "of $name verifies, refuses a wrong password, and is to be replaced",
    async ({ hash, right }) => {
      outdated.length = 0;
      expect(await passwords.verify({ hash, password: `${right}x` })).toBe(false);
      expect(outdated).toEqual([]);
      expect(await passwords.verify({ hash, password: right })).toBe(true);
      expect(outdated).toEqual([hash]);
    },
  );

  it.each([
    "",
    "plaintext password",
    "$scrypt$ln=15,r=8,p=3$$",
    "$scrypt$ln=15,r=8,p=3$c2FsdHNhbHQ$",
    "$scrypt$ln=15,r=8$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$scrypt$ln=31,r=8,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$scrypt$ln=15,r=8,p=99$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$scrypt$ln=0,r=0,p=0$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
    "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
  ])("that is none, or asks for too much, is refused at once: %j", async (hash) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await passwords.verify({ hash, password: "U*U" })).toBe(false);
    expect(log).toHaveBeenCalledWith(expect.stringContaining(`${hash.length} characters`));
    if (hash !== "") expect(log.mock.calls.join()).not.toContain(hash);
    log.mockRestore();
  });

  it("reads what it writes", () => {
    const written = {
      cost: { ln: 15, r: 8, p: 3 },
      salt: bytes("0123456789abcdef"),
      hash: bytes("x".repeat(32)),
    };
    expect(parsePhc(formatPhc(written))).toEqual(written);
  });
});

describe("a sign-in", () => {
  const stored = async (userId: string) => {
    const rows = await database
      .select()
      .from(account)
      .where(and(eq(account.userId, userId), eq(account.providerId, "credential")));
    return rows[0]?.password ?? "";
  };
  const store = async (userId: string, hash: string) =>
    database.update(account).set({ password: hash }).where(eq(account.userId, userId));

  it("replaces a hash that was made differently, once, and goes on working", async () => {
    const { email, id } = await signUp(opened);
    await store(id, betterAuthHash);
    const signIn = async () => opened.open().post("/api/auth/sign-in/email", { email, password });
    expect((await signIn()).status).toBe(200);
    await vi.waitFor(async () => expect(await stored(id)).toMatch(/^\$scrypt\$ln=15/), 15_000);
    const replaced = await stored(id);
    expect((await signIn()).status).toBe(200);
    await scheduler.wait(300);
    expect(await stored(id)).toBe(replaced);
  });

  it("replaces a bcrypt hash of an import", async () => {
    const { email, id } = await signUp(opened);
    await store(id, hashSync(password, 4));
    const { status } = await opened.open().post("/api/auth/sign-in/email", { email, password });
    expect(status).toBe(200);
    await vi.waitFor(async () => expect(await stored(id)).toMatch(/^\$scrypt\$ln=15/), 15_000);
  });

  it("that fails replaces nothing", async () => {
    const { email, id } = await signUp(opened);
    await store(id, betterAuthHash);
    const { status } = await opened
      .open()
      .post("/api/auth/sign-in/email", { email, password: "wrong" });
    expect(status).toBe(401);
    await scheduler.wait(300);
    expect(await stored(id)).toBe(betterAuthHash);
  });

  it("does not undo a change of password that comes in between", async () => {
    const { email, id } = await signUp(opened);
    await store(id, betterAuthHash);
    await opened.open().post("/api/auth/sign-in/email", { email, password });
    await store(id, "changed meanwhile");
    await scheduler.wait(600);
    expect(await stored(id)).toBe("changed meanwhile");
  });
});

describe("turns", () => {
  it("come in order of arrival, with a pause after each in which others go on", async () => {
    const runInQueue = createHashQueue();
    const order: string[] = [];
    // Longer than a waiting request may be late.
    const hash = () => scryptSync("x", "y", 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
    const hashes = ["1", "2", "3", "4", "5"].map(async (number) =>
      runInQueue(() => {
        hash();
        order.push(number);
      }),
    );
    const other = (async () => {
      while (!order.includes("5")) {
        await scheduler.wait(1);
        if (order.at(-1) !== "other") order.push("other");
      }
    })();
    await Promise.all([...hashes, other]);
    expect(order.join(" ")).toMatch(/^1 other 2 other 3 other 4 other 5/);
  });

  it("leave a session check less to wait than three hashes", async () => {
    const ada = await signUp(opened);
    const order: string[] = [];
    const hashes = [1, 2, 3].map(async () => {
      await passwords.hash(password);
      order.push("hash");
    });
    expect((await ada.browser.session()).user.id).toBe(ada.id);
    expect(order.length).toBeLessThan(3);
    await Promise.all(hashes);
  });

  it("pass over a request that was aborted, whether it has hashed or waits", async () => {
    const runInQueue = createHashQueue();
    const order: string[] = [];
    // What workerd makes of a request whose client has gone: its timers never come back.
    const timers = vi.spyOn(scheduler, "wait").mockReturnValue(new Promise(() => {}));
    for (const name of ["has hashed", "waits"]) void runInQueue(() => order.push(name));
    timers.mockRestore();
    const second = scheduler.wait(1000).then(() => order.push("a second is over"));
    await runInQueue(() => order.push("next"));
    await second;
    expect(order).toEqual(["has hashed", "next", "a second is over"]);
  });

  it("are given back by work that throws", async () => {
    const runInQueue = createHashQueue();
    const broken = runInQueue(() => {
      throw new Error("broken");
    });
    await expect(broken).rejects.toThrow("broken");
    expect(await runInQueue(() => "next")).toBe("next");
  });
});
