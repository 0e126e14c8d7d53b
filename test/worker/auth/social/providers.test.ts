/** Which of the listed providers are on, and what is said of those that are not. */
import { describe, expect, it } from "vitest";
import {
  offeredProviders,
  readProviders,
  type SocialProviderEntry,
} from "../../../../src/worker/auth/social/providers.ts";

const github = { GITHUB_CLIENT_ID: "an-id", GITHUB_CLIENT_SECRET: "a-secret" };
const acme = {
  provider: "openid-connect",
  id: "acme-staff",
  name: "Acme Staff",
  issuer: "https://id.acme.example",
} as const;
const acmeCredentials = {
  ACME_STAFF_CLIENT_ID: "an-id",
  ACME_STAFF_CLIENT_SECRET: "a-secret",
};

const problems = (entries: SocialProviderEntry[], bindings: Record<string, unknown>) =>
  readProviders(entries, bindings).states.map(({ problem }) => problem);

describe("a provider", () => {
  it("is on with both of its credentials", () => {
    const { states, options } = readProviders(["github"], github);
    expect(states).toEqual([{ name: "github", problem: undefined }]);
    expect(options.github).toMatchObject({ clientId: "an-id", clientSecret: "a-secret" });
  });

  it.each([
    [{}, "set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET"],
    [{ GITHUB_CLIENT_ID: "an-id" }, "set GITHUB_CLIENT_SECRET"],
    [{ ...github, GITHUB_CLIENT_ID: "  " }, "set GITHUB_CLIENT_ID"],
    [{ ...github, GITHUB_CLIENT_ID: {} }, "set GITHUB_CLIENT_ID"],
  ])("is off without them, and names what to set: %j", (bindings, problem) => {
    expect(problems(["github"], bindings)).toEqual([problem]);
    expect(readProviders(["github"], bindings).options).toEqual({});
  });

  it("keeps the options of the owner's entry", () => {
    const entry = { provider: "github", disableSignUp: true } as const;
    expect(readProviders([entry], github).options.github).toMatchObject({
      clientId: "an-id",
      disableSignUp: true,
    });
  });

  it("is off, with the reason, if it cannot be constructed from its options", () => {
    const credentials = { COGNITO_CLIENT_ID: "an-id", COGNITO_CLIENT_SECRET: "a-secret" };
    const [problem] = problems(["cognito"], credentials);
    expect(problem).toMatch(/^list it as \{ provider: "cognito", \.\.\. \} .+: .+/);
    const entry = {
      provider: "cognito",
      domain: "a.example",
      region: "eu-central-1",
      userPoolId: "a-pool",
    } as const;
    expect(problems([entry], credentials)).toEqual([undefined]);
  });

  it("breaks no other one by being off", () => {
    expect(problems(["google", "github"], github)).toEqual([
      "set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET",
      undefined,
    ]);
  });

  it("is a mistake of the owner's if Better Auth does not have it", () => {
    expect(() => readProviders(["nobody" as never], {})).toThrow(
      'Better Auth has no provider "nobody"',
    );
  });
});

describe("an OpenID Connect provider", () => {
  it("reads credentials under its id in capitals, with underscores for hyphens", () => {
    expect(problems([acme], {})).toEqual(["set ACME_STAFF_CLIENT_ID and ACME_STAFF_CLIENT_SECRET"]);
    const { openIdConnect, options } = readProviders([acme], acmeCredentials);
    expect(openIdConnect).toEqual([
      {
        id: "acme-staff",
        name: "Acme Staff",
        issuer: "https://id.acme.example",
        scopes: ["profile", "email"],
        clientId: "an-id",
        clientSecret: "a-secret",
      },
    ]);
    expect(options).toEqual({});
  });

  it("asks for the scopes of its entry instead of the usual ones", () => {
    const entry = { ...acme, scopes: ["groups"] };
    const { openIdConnect } = readProviders([entry], acmeCredentials);
    expect(openIdConnect[0]?.scopes).toEqual(["groups"]);
  });

  it.each(["https://id.acme.example/realms/staff", "http://localhost:8080", "http://127.0.0.1:1"])(
    "can have the issuer %s",
    (issuer) => {
      expect(problems([{ ...acme, issuer }], acmeCredentials)).toEqual([undefined]);
    },
  );
});

describe("an entry", () => {
  it("names the domains for which its provider is the authority", () => {
    const entries: SocialProviderEntry[] = [
      { ...acme, authoritativeFor: ["acme.example"] },
      { provider: "github", authoritativeFor: ["corp.example", "dev.corp.example"] },
      "google",
    ];
    expect([...readProviders(entries, github).authoritativeFor]).toEqual([
      ["acme-staff", ["acme.example"]],
      ["github", ["corp.example", "dev.corp.example"]],
      ["google", []],
    ]);
  });

  it.each(["Acme.example", "@acme.example", "acme", "*.acme.example", "\u212Aorp.example", ""])(
    "cannot name the domain %j",
    (domain) => {
      const entry = { ...acme, authoritativeFor: [domain] };
      expect(() => readProviders([entry], {})).toThrow("authoritativeFor");
    },
  );

  it("cannot have an address without TLS", () => {
    const entry: SocialProviderEntry = { provider: "gitlab", issuer: "http://git.acme.example" };
    expect(() => readProviders([entry], {})).toThrow("issuer must be an https URL");
  });
});

describe("a sign-in page", () => {
  it("is offered the providers that are on, in the owner's order, with the names of the owner's own", () => {
    const entries: SocialProviderEntry[] = [acme, "google", "github"];
    const bindings = { ...github, ...acmeCredentials };
    expect(offeredProviders(readProviders(entries, bindings))).toEqual({
      providers: ["acme-staff", "github"],
      providerNames: { "acme-staff": "Acme Staff" },
    });
  });
});
