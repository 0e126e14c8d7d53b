import { hashSync } from "bcryptjs";
import { and, eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { formatPhc } from "../../../../src/worker/auth/passwords/phc.ts";
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
