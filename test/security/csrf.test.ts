/** Another site makes a signed-in browser send a request: no operation that changes something is carried out. */
import { beforeAll, describe, expect, it } from "vitest";
import { newEmail, password, type Browser, type Person } from "../people.ts";
import { foreignOrigins } from "./foreign-origins.ts";
import { call, readOperations, readRows, type Call, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { requests, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let root: Person;
let cast: Cast;
let victim: Victim;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  root = await target.enterAdmin();
  cast = { owner, admin, member, guest };
  victim = await plantVictim(target, cast);
  await root.browser.get("/api/auth/token");
  operations = await readOperations(target);
  return target.stop;
});

const changing = () => operations.filter(({ method }) => method !== "GET");

/** The person who has most to lose by the operation, and what they would send. */
const worst = ({ name }: Operation): { browser: Browser; told: Call } => {
  const aimed = requests[name]?.(victim) ?? [];
  const { permitted, ...told } = aimed.find((one) => one.permitted.length > 0) ?? {
    ...aimed[0],
    permitted: ["self"],
  };
  const role = permitted[0] ?? "self";
  const person = role === "platform-admin" ? root : role === "self" ? cast.owner : cast[role];
  return { browser: person.browser, told };
};

/** Sends every changing operation as `disguise` says, and expects that none is carried out. */
const expectNoneCarriedOut = async (
  disguise: (told: Call) => Call,
  statuses: readonly number[],
) => {
  const before = await readRows(target, ["audit_event"]);
  const passed: unknown[] = [];
  for (const operation of changing()) {
    const { browser, told } = worst(operation);
    const { status, body } = await call(browser, operation, disguise(told));
    if (!statuses.includes(status)) passed.push([operation.name, status, body]);
  }
  expect(passed).toEqual([]);
  expect(await readRows(target, ["audit_event"])).toEqual(before);
};

describe("with the cookies of its user, no request is carried out", () => {
  it.each(foreignOrigins)("from %s", async (origin) => {
    await expectNoneCarriedOut(
      ({ headers, ...told }) => ({ ...told, headers: { ...headers, origin } }),
      [403],
    );
  });

  it("without an Origin", async () => {
    await expectNoneCarriedOut((told) => ({ ...told, headers: { origin: "" } }), [403]);
  });

  it("without an Origin, and a Referer of another site", async () => {
    await expectNoneCarriedOut(
      (told) => ({
        ...told,
        headers: { origin: "", referer: "https://evil.com/?https://x.k3m9p2xw7q.nno.app/" },
      }),
      [403],
    );
  });

  const multipart = (fields: Record<string, unknown>) =>
    `${Object.entries(fields)
      .map(
        ([name, value]) =>
          `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${String(value)}\r\n`,
      )
      .join("")}--x--`;
  const form = (fields: Record<string, unknown>) =>
    new URLSearchParams(fields as Record<string, string>).toString();
  const forms: [string, string, (fields: Record<string, unknown>) => string][] = [
    ["a form", "application/x-www-form-urlencoded", form],
    [
      "a form in no charset that there is",
      "application/x-www-form-urlencoded; charset=utf-7",
      form,
    ],
    ["a form in two charsets", "application/x-www-form-urlencoded; charset=utf-8; charset=x", form],
    ["a form with files", "multipart/form-data; boundary=x", multipart],
    ["plain text", "text/plain", JSON.stringify],
    ["plain text that says JSON", "text/plain; application/json", JSON.stringify],
    ["a list of types", "text/plain, application/json", JSON.stringify],
    ["a type of another case and no such thing", "Application/JSONx", JSON.stringify],
    ["no type", "", JSON.stringify],
  ];

  it.each(forms)("as %s, even from the platform itself", async (_, type, encode) => {
    await expectNoneCarriedOut(
      ({ headers, body, ...told }) => ({
        ...told,
        // Something to encode, for operations that take nothing.
        body: encode({ a: "b", ...(body as Record<string, unknown> | undefined) }),
        headers: { ...headers, "content-type": type },
      }),
      // The provider's form_post, which its state protects, leads to the page for errors.
      [400, 415, 302],
    );
  });

  it.each(forms)("as %s of another site's", async (_, type, encode) => {
    await expectNoneCarriedOut(
      ({ headers, body, ...told }) => ({
        ...told,
        body: encode({ a: "b", ...(body as Record<string, unknown> | undefined) }),
        headers: { ...headers, "content-type": type, origin: "https://evil-k3m9p2xw7q.nno.app" },
      }),
      [400, 403, 415, 302],
    );
  });
});

describe("without cookies, another site signs nobody in, up or out", () => {
  it.each(foreignOrigins)("from %s", async (origin) => {
    const email = newEmail();
    const before = await readRows(target, ["audit_event"]);
    for (const [path, body] of [
      ["sign-in/email", { email: cast.owner.email, password }],
      ["sign-up/email", { name: "Eve", email, password }],
    ] as const) {
      const browser = target.open();
      const { status } = await browser.post(`/api/auth/${path}`, body, {
        origin,
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "cors",
      });
      expect([path, status]).toEqual([path, 403]);
      expect(browser.cookies.size).toBe(0);
    }
    expect(await readRows(target, ["audit_event"])).toEqual(before);
  });
});

describe("a link or a picture on another site", () => {
  it("changes nothing on any route that GET reaches", async () => {
    const before = await readRows(target, ["audit_event"]);
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      for (const request of requests[operation.name]?.(victim) ?? []) {
        const { permitted, ...told } = request;
        const person = permitted.includes("platform-admin") ? root : cast.owner;
        await call(person.browser, operation, {
          ...told,
          headers: {
            origin: "",
            referer: "https://evil.com/",
            "sec-fetch-site": "cross-site",
            "sec-fetch-mode": "navigate",
          },
        });
      }
    }
    expect(await readRows(target, ["audit_event"])).toEqual(before);
  });

  it("reaches none of the operations that take POST, by GET or a method in disguise", async () => {
    const before = await readRows(target, ["audit_event"]);
    for (const operation of changing()) {
      const gets = operations.some(
        ({ method, path }) => method === "GET" && path === operation.path,
      );
      const { browser, told } = worst(operation);
      const asGet = { ...operation, method: "GET" };
      const body = told.body as Record<string, string> | undefined;
      for (const headers of [
        {},
        { "x-http-method-override": "POST", "x-method-override": "POST" },
      ]) {
        const { status } = await call(browser, asGet, {
          ...told,
          query: { ...body, _method: "POST" },
          headers,
        });
        if (!gets) expect([operation.name, status]).toEqual([operation.name, 405]);
      }
    }
    expect(await readRows(target, ["audit_event"])).toEqual(before);
  });

  it("signs nobody into the attacker's account with the attacker's verification link", async () => {
    const attacker = target.open();
    const email = newEmail();
    await attacker.post("/api/auth/sign-up/email", { name: "Mallory", email, password });
    const { text } = await target.mailTo(email, "Confirm your email");
    const token = /token=([^&\s]+)/.exec(text)?.[1] ?? "";
    const visitor = target.open();
    const { status } = await visitor.get(`/api/auth/verify-email?token=${token}`);
    expect(status).toBe(200);
    expect([...visitor.cookies.keys()]).toEqual(["__Host-better-auth.address_proof"]);
    expect(await visitor.session()).toEqual({ session: null });
    expect(
      (await cast.owner.browser.get(`/api/auth/verify-email?token=${token}`)).status,
    ).toBeLessThan(500);
    expect((await cast.owner.browser.session()).user.id).toBe(cast.owner.id);
  });
});
