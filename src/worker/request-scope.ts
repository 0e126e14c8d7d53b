/**
 * What one request knows about itself beyond its arguments. Owns the note that the database failed: Better Auth turns
 * some database errors into "no session" or an empty list, which would sign users out (FACTS: "answer 503"), so the
 * note decides the answer, not what was made of the error on the way. And notes from Better Auth's callbacks to its hooks, for
 * which it has no way: of a hash that is to be replaced, of a try, of a reset, of a mail that was read, of an address, of
 * an event that belongs to a write.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Companion } from "./db/accompany.ts";

/** Of a password that was right or wrong: whether it is to pass for right. */
type SecondOpinion = (isRight: boolean) => Promise<boolean>;
type Settle = (outcome: { wrong: boolean }) => Promise<void>;

interface MailReader {
  id: string;
  email: string;
}

interface RequestScope {
  databaseFailure: "unavailable" | "failed" | undefined;
  /** A password hash that verified and is to be replaced. */
  outdatedHash?: string;
  /** Says of the try that was counted for this request whether it was wrong; the first to say so decides. */
  settle?: Settle;
  /** For the next password that is verified. */
  secondOpinion?: SecondOpinion | undefined;
  /** Whose password was reset. */
  resetAddress?: string;
  /** The address that a provider tells, and does not vouch for. */
  unprovenAddress?: string;
  /** Whose mail the browser at hand has read, and at which address. */
  mailReader?: MailReader;
  /** The browser has followed the link: it needs no other. */
  needsNoVerificationMail?: boolean;
  /** What belongs to this request's next write of a kind. */
  companion?: Companion | undefined;
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Runs `handle` in a scope of its own; the scope may be read when the result has settled. */
export function runInRequestScope<Result>(handle: () => Promise<Result>): {
  result: Promise<Result>;
  scope: RequestScope;
} {
  const scope: RequestScope = { databaseFailure: undefined };
  return { result: storage.run(scope, handle), scope };
}

/** Outside a request (maintenance, the outbox) there is nobody to tell, and this does nothing. */
export function noteDatabaseFailure(failure: "unavailable" | "failed"): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.databaseFailure = failure;
}

export function noteOutdatedHash(hash: string): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.outdatedHash = hash;
}

export function readOutdatedHash(): string | undefined {
  return storage.getStore()?.outdatedHash;
}

export function noteTries(settle: Settle): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.settle = settle;
}

export function readTries(): Settle | undefined {
  return storage.getStore()?.settle;
}

export function noteSecondOpinion(opinion: SecondOpinion): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.secondOpinion = opinion;
}

/** Asks it once, and where none is noted answers what it was given. */
export async function askSecondOpinion(isRight: boolean): Promise<boolean> {
  const scope = storage.getStore();
  const opinion = scope?.secondOpinion;
  if (scope === undefined || opinion === undefined) return isRight;
  scope.secondOpinion = undefined;
  return opinion(isRight);
}

export function noteResetAddress(address: string): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.resetAddress = address;
}

export function readResetAddress(): string | undefined {
  return storage.getStore()?.resetAddress;
}

export function noteUnprovenAddress(address: string): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.unprovenAddress = address;
}

export function readUnprovenAddress(): string | undefined {
  return storage.getStore()?.unprovenAddress;
}

export function noteMailReader(reader: MailReader): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.mailReader = reader;
}

export function readMailReader(): MailReader | undefined {
  return storage.getStore()?.mailReader;
}

/** Runs `task`, in which Better Auth would send a link to confirm the address. */
export async function withoutVerificationMail<Result>(
  task: () => Promise<Result>,
): Promise<Result> {
  const scope = storage.getStore();
  if (scope !== undefined) scope.needsNoVerificationMail = true;
  try {
    return await task();
  } finally {
    if (scope !== undefined) scope.needsNoVerificationMail = false;
  }
}

export function needsVerificationMail(): boolean {
  return storage.getStore()?.needsNoVerificationMail !== true;
}

export function noteCompanion(companion: Companion | undefined): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.companion = companion;
}

export function readCompanion(): Companion | undefined {
  return storage.getStore()?.companion;
}
