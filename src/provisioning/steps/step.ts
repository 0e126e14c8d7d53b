/**
 * What a step of the job is. Each step is one file in this folder, and that file owns everything about it: when it is
 * needed, what it does, how it is undone, which permissions it needs, and what the command line says of it. order.ts lists
 * the steps, and run.ts runs them.
 */
import type { Platform } from "../../platform.ts";
import type { SaveExport } from "../checked-export.ts";
import type { ClaimLink } from "../claim-link.ts";
import type { Clock } from "../clock.ts";
import type { Cloudflare } from "../cloudflare/client.ts";
import type { CloudflareError } from "../cloudflare/errors.ts";
import type { DatabaseContents } from "../database-contents.ts";
import type { Desired } from "../desired.ts";
import type { Job } from "../job.ts";
import type { Observed } from "../observe.ts";
import type { Permission } from "../permissions.ts";
import type { ProvisioningError } from "../provisioning-error.ts";
import type { Sql } from "../sql.ts";

interface Planned {
  isNeeded: boolean;
  /** What will be done, or why there is nothing to do. */
  what: string;
}

/** @template Facts what the plan is made from. @template Doing what the step works with. */
export interface Step<Facts, Doing extends Work> {
  /** Its name in plans, in the journal and on the command line. */
  readonly name: string;
  /** What the API token must be allowed to do. `nno-auth doctor` tests each permission. */
  readonly permissions: readonly Permission[];
  /** True for a step that changes nothing. A plan that needs only such steps takes no lease. */
  readonly isReadOnly?: boolean;

  /** Pure. @throws ProvisioningError if the job must not run at all; nothing has been changed then. */
  readonly plan: (facts: Facts) => Planned;

  /**
   * Does the work. It must be safe to run again after any interruption: where an answer may have been lost, look before
   * acting. A call that is not confined to the platform's own database passes `keepLease` as its `beforeEach`.
   *
   * @returns what the command line says when the step is done.
   */
  readonly apply: (work: Doing) => Promise<string>;

  /**
   * Statements that do the step's work in the same transaction in which the job takes its lease. The runner asks for them
   * once, before it takes the lease. Undefined if the step has to be applied by itself.
   */
  readonly withLease?: (work: Doing) => { statements: readonly Sql[]; done: string } | undefined;

  /**
   * Says what it means when Cloudflare refuses a call of this step, or undefined to leave it to the general explanation.
   *
   * @param state in which state the platform is left. @param again the command that resumes the job.
   */
  readonly explain?: (
    error: CloudflareError,
    situation: { work: Doing; state: string; again: string },
  ) => ProvisioningError | undefined;

  /**
   * Reverses the step: as a part of removing a platform, and to leave nothing behind when Cloudflare refuses for good while
   * a platform is being created. A step needs it if it makes something outside the platform's database.
   */
  readonly undo?: Undo;
}

interface Undo {
  readonly plan: (facts: RemovalFacts) => Planned;
  readonly apply: (work: Work) => Promise<string>;
}

export interface ReadyDatabase {
  id: string;
  contents: DatabaseContents;
  /** This run created it, so nobody else can have written to it. */
  isNew: boolean;
}

/** What every step works with, whether a platform is made or removed. */
export interface Work {
  readonly contract: Platform;
  readonly cloudflare: Cloudflare;
  readonly job: Job;
  readonly clock: Clock;
  /** Reaches the platform's own host, and the place where Cloudflare puts an export. */
  readonly fetch: typeof fetch | undefined;
  readonly signal: AbortSignal | undefined;
  /** The platform's database, in which the job keeps its lease and journal. Undefined while there is none. */
  database: ReadyDatabase | undefined;
  /** Tells the person who is watching something that they should know. */
  note(message: string): void;
}

/**
 * `once`: a link if the platform has neither an admin nor an open link. `always`: a fresh link, unless there is an admin.
 */
export type ClaimPolicy = "once" | "always" | "never";

interface ProvisioningFacts {
  desired: Desired;
  observed: Observed;
  claim: ClaimPolicy;
}

export interface ProvisioningWork extends Work {
  readonly desired: Desired;
  readonly observed: Observed;
  /** Only this address can use the claim link. */
  readonly claimEmail: string | undefined;
  readonly certificateSeconds: number | undefined;
  readonly settleSeconds: number | undefined;
  /** The link that this run issued. */
  claim: ClaimLink | undefined;
}

interface RemovalFacts {
  contract: Platform;
  /** Whether the platform's database still holds its tables. */
  holdsData: boolean;
}

export interface RemovalWork extends Work {
  readonly saveExport: SaveExport;
  /** How long the lease must last while the database is exported and cannot renew it. */
  readonly exportLeaseSeconds: number;
  /** Where this run put the export. */
  exportedTo: string | undefined;
}

export type ProvisioningStep = Step<ProvisioningFacts, ProvisioningWork>;
/** A step that makes something outside the platform's database, so that removing the platform has to undo it. */
export type ReversibleStep = ProvisioningStep & { undo: Undo };
export type RemovalStep = Step<RemovalFacts, RemovalWork>;

/** The database that an earlier step found or made. */
export function readyDatabase({ database }: Work): ReadyDatabase {
  if (database === undefined) throw new Error("no step before this one found a database");
  return database;
}
