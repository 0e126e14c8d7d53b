/** Connecting an account of a provider that has another address: refused, unless the owner allows it. */
import { beforeAll, describe, expect, it } from "vitest";
import { newEmail, type Person } from "../people.ts";
import { openIdentityProviders, type IdentityProviders } from "./identity-providers.ts";

const connect = async (idp: IdentityProviders, person: Person, profile: object) => {
  const state = await idp.begin(person.browser, "google", { ...profile }, "/link-social");
  return idp.finish(person.browser, "google", state);
};
const connections = async (idp: IdentityProviders, { id }: Person) =>
  idp.count("SELECT count(*) AS n FROM account WHERE provider_id = 'google' AND user_id = ?", id);

describe("by default", () => {
  let idp: IdentityProviders;
  beforeAll(async () => {
    idp = await openIdentityProviders();
    return idp.target.stop;
  });

  it("is refused, and an account of the same address is connected", async () => {
    const ada = await idp.target.enter();
    expect(await connect(idp, ada, { email: newEmail() })).toBe(
      idp.refusedFor("email_does_not_match"),
    );
    expect(await connections(idp, ada)).toBe(0);
    expect(await connect(idp, ada, { email: ada.email })).toBe(idp.target.consoleUrl);
    expect(await connections(idp, ada)).toBe(1);
  });
});

describe("with accountLinking.allowDifferentEmails", () => {
  let idp: IdentityProviders;
  beforeAll(async () => {
    idp = await openIdentityProviders("test/security/workers/different-emails.ts");
    return idp.target.stop;
  });

  it("connects the account, which signs in from then on and keeps the user's address", async () => {
    const ada = await idp.target.enter();
    const profile = { sub: "the-other-account", email: newEmail() };
    expect(await connect(idp, ada, profile)).toBe(idp.target.consoleUrl);
    const browser = idp.target.open();
    const state = await idp.begin(browser, "google", profile);
    expect(await idp.finish(browser, "google", state)).toBe(idp.target.consoleUrl);
    expect((await browser.session()).user).toMatchObject({ id: ada.id, email: ada.email });
  });

  it("still refuses an address that the provider does not vouch for", async () => {
    const ada = await idp.target.enter();
    const refused = await connect(idp, ada, { email: newEmail(), email_verified: false });
    expect(refused).toBe(idp.refusedFor("unable_to_link_account"));
    expect(await connections(idp, ada)).toBe(0);
  });

  it("still refuses an account that is somebody else's", async () => {
    const [ada, grace] = [await idp.target.enter(), await idp.target.enter()];
    const profile = { sub: "graces-account", email: newEmail() };
    expect(await connect(idp, grace, profile)).toBe(idp.target.consoleUrl);
    expect(await connect(idp, ada, profile)).toBe(
      idp.refusedFor("account_already_linked_to_different_user"),
    );
    expect(await connections(idp, ada)).toBe(0);
  });

  it("still asks for a recent proof", async () => {
    const ada = await idp.target.enter();
    await idp.target.database
      .prepare("UPDATE session SET created_at = created_at - 3600000 WHERE user_id = ?")
      .bind(ada.id)
      .run();
    const answer = await ada.browser.post("/api/auth/link-social", { provider: "google" });
    expect(answer).toMatchObject({ status: 403, body: { code: "SESSION_NOT_FRESH" } });
  });
});
