/**
 * `GET /api/auth/platform/sign-in-options`: what a sign-in page has to know before anybody is signed in. Names what is
 * really configured, so that no page shows a button that leads to an error; never a client id.
 */
import { createAuthEndpoint } from "better-auth/api";
import type { ShownBotCheck } from "../bot-check/bot-check.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import { paths } from "../routes/paths.ts";

export interface SignInOptions {
  /** The social providers that are on, in the owner's order. */
  providers: readonly string[];
  /** What the buttons of those say that the owner has named. */
  providerNames: Readonly<Record<string, string>>;
  /** In code points, without and with a second factor. */
  minPasswordLength: number;
  minPasswordLengthWithTwoFactor: number;
  /** The check that sign-up and the requests for mail need, if there is one. */
  botCheck?: ShownBotCheck;
}

export function signInOptions(options: SignInOptions) {
  return {
    id: "nno-sign-in-options",
    phase: "serve",
    endpoints: {
      readSignInOptions: createAuthEndpoint(
        paths.signInOptions,
        {
          method: "GET",
          metadata: {
            openapi: {
              operationId: "readSignInOptions",
              description:
                "Public: the social providers that are configured, and the shortest password that is accepted",
              responses: {
                "200": {
                  description: "What a sign-in page offers",
                  content: {
                    "application/json": {
                      schema: {
                        type: "object",
                        properties: {
                          providers: { type: "array", items: { type: "string" } },
                          providerNames: {
                            type: "object",
                            additionalProperties: { type: "string" },
                          },
                          minPasswordLength: { type: "integer" },
                          minPasswordLengthWithTwoFactor: { type: "integer" },
                          botCheck: {
                            type: "object",
                            properties: {
                              provider: { type: "string", enum: ["turnstile"] },
                              siteKey: { type: "string" },
                              scriptUrl: { type: "string", format: "uri" },
                            },
                            required: ["provider", "siteKey", "scriptUrl"],
                          },
                        },
                        required: [
                          "providers",
                          "providerNames",
                          "minPasswordLength",
                          "minPasswordLengthWithTwoFactor",
                        ],
                      },
                    },
                  },
                },
              },
            },
          },
        },
        async (ctx) => ctx.json(options),
      ),
    },
  } satisfies PhasedPlugin;
}
