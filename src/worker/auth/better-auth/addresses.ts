/**
 * `readAddressesByOneRule`: Better Auth, its plugins and this Worker all ask `z.email()` whether a text is an address. It asks
 * one regular expression object, which answers here by the rule of `input/email-address.ts`.
 */
import * as z from "zod";
import { isEmailAddress } from "../../input/email-address.ts";
import { assertUpstream } from "./upstream-changed.ts";

type Zod = Pick<typeof z, "email"> & { regexes: { email: RegExp } };

/** @throws {Error} when `z.email()` does not ask that object. */
export function readAddressesByOneRule(zod: Zod = z): void {
  Object.defineProperty(zod.regexes.email, "test", { value: isEmailAddress, configurable: true });
  const isAddress = (text: string) => zod.email().safeParse(text).success;
  assertUpstream(
    "readAddressesByOneRule",
    isAddress("r&d@example.com") &&
      isAddress("j\u00FCrgen@example.com") &&
      !isAddress("a@\u212A.com"),
    "z.email() has another way to tell an address",
  );
}
