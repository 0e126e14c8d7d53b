/**
 * The endpoints of Better Auth itself (not of its plugins) that are changed. Better Auth lets a plugin's endpoint replace
 * its own by the name; the check here makes sure that it did.
 */
import type { BetterAuthOptions } from "better-auth";
import {
  accountInfo,
  callbackOAuth,
  signInEmail,
  verifyEmail,
  type getEndpoints,
} from "better-auth/api";
import type { Database } from "../../db/database.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import { routesOf } from "../routes/endpoints.ts";
import { readAccountAtProvider, tellUnavailableAccountInfo } from "./account-info.ts";
import {
  confirmAddressAtProvider,
  hideAccountOfUnprovenAddress,
  passProviders,
} from "./callback.ts";
import { override, type Endpoint } from "./override.ts";
import {
  confirmAddressBySignIn,
  hideUnconfirmedAddress,
  takeCodeAtSignIn,
} from "./sign-in-email.ts";
import {
  confirmAddressByProof,
  moveAddressOnce,
  refuseEndedAddressChange,
} from "./verify-email.ts";

type CoreEndpoints = ReturnType<typeof getEndpoints<BetterAuthOptions>>["api"];

interface Options {
  database: Database;
  /** The social providers that `providers.ts` wraps. */
  providerIds: readonly string[];
}

export function coreEndpoints({ database, providerIds }: Options) {
  return {
    id: "nno-core-endpoints",
    phase: "serve",
    endpoints: {
      signInEmail: takeCodeAtSignIn(
        override(signInEmail(), hideUnconfirmedAddress, confirmAddressBySignIn(database)),
      ),
      verifyEmail: override(
        verifyEmail,
        confirmAddressByProof,
        refuseEndedAddressChange(database),
        moveAddressOnce(database),
      ),
      callbackOAuth: override(
        callbackOAuth,
        ...passProviders(providerIds),
        hideAccountOfUnprovenAddress,
        confirmAddressAtProvider(database),
      ),
      accountInfo: override(accountInfo, tellUnavailableAccountInfo, readAccountAtProvider),
    } satisfies Partial<Record<keyof CoreEndpoints, Endpoint>>,
  } satisfies PhasedPlugin;
}

interface Instance {
  api: Parameters<typeof routesOf>[0];
  options: { plugins: readonly { id: string; endpoints?: object | undefined }[] };
}

/**
 * @throws {Error} when an endpoint of the instance stands beside one that it was to replace, at one method and path, or
 *   when two plugins have an endpoint of one name: the router would serve either.
 */
export function checkEndpoints({ api, options }: Instance): void {
  const names = new Map<string, string>();
  for (const [name, endpoint] of Object.entries(api)) {
    for (const route of routesOf({ endpoint })) {
      const other = names.get(route);
      if (other !== undefined) {
        throw new Error(`better-auth: "${other}" and "${name}" are both at ${route}`);
      }
      names.set(route, name);
    }
  }
  const owners = new Map<string, string>();
  for (const { id, endpoints = {} } of options.plugins) {
    for (const name of Object.keys(endpoints)) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw new Error(`better-auth: the plugins "${other}" and "${id}" both have "${name}"`);
      }
      owners.set(name, id);
    }
  }
}
