/**
 * `readAddressesByOneRule`: Better Auth, its plugins and this Worker all ask `z.email()` whether a text is an address. It asks
 * one regular expression object, which answers here by the rule of `input/email-address.ts`.
 */
import { email, regexes } from "zod";
import { isEmailAddress } from "../../input/email-address.ts";
import { assertUpstream } from "./upstream-changed.ts";

interface Zod {
  email: typeof email;
  regexes: { email: RegExp };
}

// Both by name: zod's namespace as a value would bring its 50 languages and JSON Schema into the bundle.
const zodInUse: Zod = { email, regexes };

/** @throws {Error} when `z.email()` does not ask that object. */
export function readAddressesByOneRule(zod: Zod = zodInUse): void {
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
