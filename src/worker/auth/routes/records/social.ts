/** Routes for sign-ins at identity providers, and for the accounts that are linked there. */
import { text } from "../../audit/rule.ts";
import { always, signIn } from "./outcome.ts";
import { consolePages } from "../../mail/console-pages.ts";
import { paths } from "../paths.ts";
import type { RouteRecord, RouteRecords } from "../record.ts";

/** A refusal by the provider, or an answer that fails verification, is a failed sign-in. */
const callback = {
  who: "anyone",
  // Apple's page posts the answer, with its own origin.
  apps: "allowed",
  audit: {
    failure: always("sign_in.failed"),
    isForStrangers: true,
    detail: ({ parameters }) => ({ provider: text(parameters["id"]) }),
  },
  provider: "returns",
  input: { form: true },
  address: "uses-proof",
} as const satisfies RouteRecord;

export const socialRoutes = {
  [`GET ${paths.signInOptions}`]: { who: "anyone", impersonator: "allowed", apps: "allowed" },
  "POST /sign-in/social": {
    who: "anyone",
    guess: "sign-in",
    provider: "begins",
    audit: signIn,
    input: { defaultPage: consolePages.home },
    apps: "allowed",
  },
  "GET /callback/:id": callback,
  "POST /callback/:id": callback,
  // A linked account is another way to sign in, so linking one asks for a recent proof.
  "POST /link-social": {
    who: "user",
    provider: "begins",
    leavesEvent: true,
    proof: { ask: "recent", within: "ten-minutes" },
    input: { defaultPage: consolePages.home },
  },
  "POST /unlink-account": {
    who: "user",
    leavesEvent: true,
    proof: { ask: "recent", within: "ten-minutes" },
  },
  "GET /list-accounts": { who: "user", impersonator: "allowed", apps: "allowed" },
  "GET /account-info": { who: "user", apps: "allowed" },
  // With a provider's token, anybody can act at the provider in the user's name.
  "POST /refresh-token": { who: "user", option: "providerTokens" },
  "POST /get-access-token": { who: "user", option: "providerTokens" },
} as const satisfies RouteRecords;
