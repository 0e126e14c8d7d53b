/** Better Auth's plugins try again when a value that they made up is taken; they tell by the error's code. */
import { betterAuth } from "better-auth";
import { deviceAuthorization } from "better-auth/plugins/device-authorization";
import { afterAll, beforeAll, expect, it } from "vitest";
import { d1Adapter } from "../../../../src/worker/db/adapter/adapter.ts";
import { dropTables, makeTables, openTables } from "./generated-schema.ts";

const userCodes = ["AAAA1111", "AAAA1111", "BBBB2222"];
const options = {
  baseURL: "https://auth.example.com",
  secret: "a secret of this test that is long enough",
  plugins: [
    deviceAuthorization({
      verificationUri: "/device",
      generateUserCode: () => userCodes.shift() ?? "",
    }),
  ],
};
const auth = betterAuth({
  ...options,
  database: d1Adapter(openTables(options)),
});

beforeAll(() => makeTables(options));
afterAll(dropTables);

const requestCode = async () => auth.api.deviceCode({ body: { client_id: "a television" } });

it("lets a plugin try again with another value", async () => {
  expect((await requestCode()).user_code).toBe("AAAA1111");
  expect((await requestCode()).user_code).toBe("BBBB2222");
  expect(userCodes).toEqual([]);
});

it("answers with a code of this API, and says nothing of the database", async () => {
  const { adapter } = await auth.$context;
  const now = new Date();
  const data = { name: "Ada", email: "ada@example.com", createdAt: now, updatedAt: now };
  await adapter.create({ model: "user", data });
  const error: unknown = await adapter.create({ model: "user", data }).catch((caught) => caught);
  expect(error).toMatchObject({ code: "SQLITE_CONSTRAINT_UNIQUE", statusCode: 409 });
  expect(JSON.parse(JSON.stringify((error as { body: unknown }).body))).toEqual({
    code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    message: "User already exists. Use another email.",
  });
});
