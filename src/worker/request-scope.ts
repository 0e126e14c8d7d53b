/**
 * What one request knows about itself beyond its arguments. Owns the note that the database failed: Better Auth turns
 * some database errors into "no session" or an empty list, which would sign users out (FACTS: "answer 503"), so the
 * note decides the answer, not what was made of the error on the way. And the notes that Better Auth's callbacks and hooks
 * leave for each other, for which it has no way.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { VerifiedPassword } from "./auth/passwords/passwords.ts";
import type { Credentials } from "./auth/throttle/credentials.ts";
import type { ExtraWrite } from "./db/adapter/extra-write.ts";

const storage = new AsyncLocalStorage<object>();

/** Runs `handle` in a scope of its own. */
export function runInRequestScope<Result>(handle: () => Promise<Result>): Promise<Result> {
  return storage.run({}, handle);
}

/** Outside a request (maintenance, the outbox) there is nobody to tell: nothing is written, and nothing read. */
interface Note<Value> {
  write: (value: Value) => void;
  read: () => Value | undefined;
  erase: () => void;
}

function createNote<Value>(): Note<Value> {
  const values = new WeakMap<object, Value>();
  const inScope = <Result>(deed: (scope: object) => Result) => {
    const scope = storage.getStore();
    return scope === undefined ? undefined : deed(scope);
  };
  return {
    write: (value) => void inScope((scope) => values.set(scope, value)),
    read: () => inScope((scope) => values.get(scope)),
    erase: () => void inScope((scope) => values.delete(scope)),
  };
}

export const notes = {
  databaseFailure: createNote<"unavailable" | "failed">(),
  /** What the writes of this request rest on, where they rest on a password. */
  verifiedPassword: createNote<VerifiedPassword>(),
  /** Whether the user of the session that this request made had a second factor as it was made. */
  secondFactor: createNote<boolean>(),
  /** Says of the try that was counted for this request whether it was wrong; the first to say so decides. */
  settle: createNote<(outcome: { wrong: boolean }) => Promise<void>>(),
  /** Of the account that is guessed at, before its password or code is judged. */
  credentials: createNote<Credentials>(),
  /** Of the next password that is verified, right or wrong: whether it is to pass for right. */
  secondOpinion: createNote<(isRight: boolean) => Promise<boolean>>(),
  /** Whose password was reset. */
  resetAddress: createNote<string>(),
  /** The address that a provider tells, and does not vouch for. */
  unprovenAddress: createNote<string>(),
  /** Whose mail the browser at hand has read, and at which address. */
  mailReader: createNote<{ id: string; email: string }>(),
  /** The browser has followed the link that Better Auth would send again. */
  withoutVerificationMail: createNote<true>(),
  /** The statement that belongs in one batch with the next write of its kind. */
  extraWrite: createNote<ExtraWrite>(),
};
