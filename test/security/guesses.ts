/** Guesses at passwords and codes, from networks of the test's choice, at a platform whose two isolates share a database. */
import { cheapPasswordHash, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

export const wrong = "not the password at all";
export const knownDevice = "__Host-better-auth.known_device";

let networks = 0;

/** An IPv4 address that no guess has come from. */
export function newNetwork(): string {
  networks += 1;
  return `192.0.${Math.floor(networks / 250)}.${networks % 250}`;
}

export interface Guessing {
  target: Target;
  /** Tries to sign in; the two isolates answer by turns. */
  guess: (
    browser: Browser,
    email: string,
    secret: string,
    address: string,
  ) => ReturnType<Browser["post"]>;
  /** Sets every counter of a kind, as if so many tries had been wrong: each of them would cost a hash. */
  counted: (kind: string, tries: number) => Promise<void>;
  /** Gives an account a hash of `password` that is quick to check, so that guesses at it cost little. */
  checkAtOnce: (person: Person) => Promise<void>;
}

export async function openGuessing(): Promise<Guessing> {
  const target = await startTarget({ isolates: 2 });
  let turn = 0;
  return {
    target,
    async guess(browser, email, secret, address) {
      turn += 1;
      const headers = { "cf-connecting-ip": address, "x-test-isolate": String(turn % 2) };
      return browser.post("/api/auth/sign-in/email", { email, password: secret }, headers);
    },
    async counted(kind, tries) {
      await target.database
        .prepare("UPDATE throttle SET tries = ? WHERE substr(key, 1, length(?)) = ?")
        .bind(tries, kind, kind)
        .run();
    },
    async checkAtOnce({ id }) {
      await target.database
        .prepare("UPDATE account SET password = ? WHERE user_id = ?")
        .bind(cheapPasswordHash, id)
        .run();
    },
  };
}
