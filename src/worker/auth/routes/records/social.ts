/** Routes for sign-ins at identity providers, and for the accounts that are linked there. */
import { text } from "../../audit/rule.ts";
import { always, signIn } from "./outcome.ts";
import { consolePages } from "../../mail/console-pages.ts";
import { paths } from "../paths.ts";
import type { RouteRecord, RouteRecords } from "../record.ts";

/** A refusal by the provider, or an answer that fails verification, is a failed sign-in. */
const callback = {
  who: "anyone",
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
  [`GET ${paths.signInOptions}`]: { who: "anyone", impersonator: "allowed" },
  "POST /sign-in/social": {
    who: "anyone",
    guess: "sign-in",
    provider: "begins",
    audit: signIn,
    input: { defaultPage: consolePages.home },
  },
  "GET /callback/:id": callback,
  "POST /callback/:id": callback,
  // A linked account is another way to sign in, so linking one asks for a recent proof.
  "POST /link-social": {
    who: "user",
    provider: "begins",
    proof: { ask: "recent", within: "ten-minutes" },
    input: { defaultPage: consolePages.home },
  },
  "POST /unlink-account": { who: "user", proof: { ask: "recent", within: "ten-minutes" } },
  "GET /list-accounts": { who: "user", impersonator: "allowed" },
  "GET /account-info": { who: "user" },
  "POST /refresh-token": { who: "user" },
  "POST /get-access-token": { who: "user" },
} as const satisfies RouteRecords;
