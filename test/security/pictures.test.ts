/** A user's image and a tenant's logo are shown by every app of the platform: they are pictures, and nothing that runs. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, newEmail, password } from "../people.ts";
import { openIdentityProviders, providers, type IdentityProviders } from "./identity-providers.ts";
import type { Target } from "./target.ts";

let idp: IdentityProviders;
let target: Target;

beforeAll(async () => {
  idp = await openIdentityProviders();
  ({ target } = idp);
  return target.stop;
});

const png = (bytes: number) => {
  const prefix = "data:image/png;base64,";
  return prefix + "A".repeat(bytes - prefix.length);
};

const dangerous = [
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "http://example.com/a.png",
  "//example.com/a.png",
  "/a.png",
  "blob:https://example.com/1",
  "data:text/html;base64,PHNjcmlwdD4=",
  "data:image/svg+xml;base64,PHN2Zz4=",
  "data:image/png,raw",
  'https://example.com/a.png" onerror="alert(1)',
  "https://user:secret@example.com/a.png",
  "https://",
  "x",
];
const harmless = ["https://example.com/a.png?size=2&x=1", png(8192), null];

interface Door {
  /** Sends a picture. Returns the status, the code of a refusal, and what is stored then. */
  send: (picture: string | null) => Promise<[status: number, code: unknown, stored: unknown]>;
}

const stored = async (table: "user" | "organization", key: string, value: string) => {
  const column = table === "user" ? "image" : "logo";
  const row = await target.database
    .prepare(`SELECT ${column} AS picture FROM ${table} WHERE ${key} = ?`)
    .bind(value)
    .first<{ picture: string | null }>();
  return row?.picture ?? null;
};

const slug = () => `t-${crypto.randomUUID()}`;

const doors: Record<string, () => Promise<Door>> = {
  "sign-up": async () => ({
    async send(image) {
      const email = newEmail();
      const account = { name: "Ada", email, password, ...(image === null ? {} : { image }) };
      const { status, body } = await target.open().post("/api/auth/sign-up/email", account);
      return [status, body["code"], await stored("user", "email", email)];
    },
  }),
  "update-user": async () => {
    const { browser, id } = await target.enter();
    return {
      async send(image) {
        const { status, body } = await browser.post("/api/auth/update-user", { image });
        return [status, body["code"], await stored("user", "id", id)];
      },
    };
  },
  "admin/create-user": async () => {
    const { browser } = await target.enterAdmin();
    return {
      async send(image) {
        const email = newEmail();
        const account = { email, name: "Ada", password: `${password} ${email}`, data: { image } };
        const { status, body } = await browser.post("/api/auth/admin/create-user", account);
        return [status, body["code"], await stored("user", "email", email)];
      },
    };
  },
  "admin/update-user": async () => {
    const [{ browser }, { id }] = [await target.enterAdmin(), await target.enter()];
    return {
      async send(image) {
        const change = { userId: id, data: { image } };
        const { status, body } = await browser.post("/api/auth/admin/update-user", change);
        return [status, body["code"], await stored("user", "id", id)];
      },
    };
  },
  "organization/create": async () => {
    const { browser } = await target.enterAdmin();
    return {
      async send(logo) {
        const tenant = { name: "Acme", slug: slug(), logo };
        const { status, body } = await browser.post("/api/auth/organization/create", tenant);
        return [status, body["code"], await stored("organization", "slug", tenant.slug)];
      },
    };
  },
  "organization/update": async () => {
    const { browser } = await target.enter();
    const { id } = await createTenant(browser, slug());
    return {
      async send(logo) {
        const change = { organizationId: id, data: { logo } };
        const { status, body } = await browser.post("/api/auth/organization/update", change);
        return [status, body["code"], await stored("organization", "id", id)];
      },
    };
  },
  "POST platform/tenants": async () => {
    const { browser, id: ownerId } = await target.enterAdmin();
    return {
      async send(logo) {
        const tenant = {
          name: "Acme",
          slug: slug(),
          ownerId,
          ...(logo === null ? {} : { logo }),
        };
        const { status, body } = await browser.post("/api/auth/platform/tenants", tenant);
        return [status, body["code"], await stored("organization", "slug", tenant.slug)];
      },
    };
  },
  "PATCH platform/tenants": async () => {
    const { browser } = await target.enterAdmin();
    const { id } = await createTenant(browser, slug());
    return {
      async send(logo) {
        const path = `/api/auth/platform/tenants/${id}`;
        const { status, body } = await browser.send<Record<string, unknown>>("PATCH", path, {
          logo,
        });
        return [status, body["code"], await stored("organization", "id", id)];
      },
    };
  },
};

describe.each(Object.entries(doors))("a picture sent to %s", (_, open) => {
  it("is refused unless it is an https link or picture data", async () => {
    const { send } = await open();
    for (const picture of dangerous) {
      expect([picture, ...(await send(picture))]).toEqual([picture, 400, "INVALID_PICTURE", null]);
    }
  });

  it("has a limited size", async () => {
    const { send } = await open();
    for (const picture of [png(8196), `https://example.com/${"a".repeat(2048)}`]) {
      expect((await send(picture)).slice(0, 2)).toEqual([400, "PICTURE_TOO_LARGE"]);
    }
  });

  it("is stored as it was sent otherwise", async () => {
    const { send } = await open();
    for (const picture of harmless) expect(await send(picture)).toEqual([200, undefined, picture]);
  });
});

it.each(providers)(
  "from %s is left out unless it is one: the sign-in goes on",
  async (provider) => {
    idp.reset();
    for (const picture of dangerous) {
      const browser = target.open();
      const state = await idp.begin(browser, provider, { picture });
      expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
      expect((await browser.session()).user["image"] ?? null).toBeNull();
    }
    const browser = target.open();
    const picture = "https://example.com/ada.png";
    const state = await idp.begin(browser, provider, { picture });
    expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
    expect((await browser.session()).user["image"]).toBe(picture);
  },
);
