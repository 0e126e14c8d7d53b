/**
 * One pass through a plan: every step that is needed, under the lease, written into the journal. What is in a step is
 * steps.ts; this file owns their order, the lease around them, and what is said when one fails.
 */
import { createClaim, type ClaimLink } from "./claim-link.ts";
import { systemClock, type Clock } from "./clock.ts";
import { CloudflareError, cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Desired } from "./desired.ts";
import { explain } from "./explain.ts";
import { PlatformBusyError, PlatformChangedError, createJob, type Job } from "./job.ts";
import type { StepState } from "./journal.ts";
import type { Observed } from "./observe.ts";
import { pendingMigrations, type PlannedStep, type StepName } from "./plan.ts";
import type { ProvisionOptions } from "./provision.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Sql } from "./sql.ts";
import {
  attachHostname,
  ensureDatabase,
  firstMigrations,
  isEmpty,
  migrate,
  migrationFailed,
  uploadWorker,
  type ReadyDatabase,
} from "./steps.ts";
import { verifyPlatform } from "./verify.ts";

export class Run {
  readonly #desired: Desired;
  readonly #observed: Observed;
  readonly #steps: PlannedStep[];
  readonly #options: ProvisionOptions;
  readonly #clock: Clock;
  readonly #job: Job;
  #database: ReadyDatabase | undefined;
  claim: ClaimLink | undefined;

  constructor(
    desired: Desired,
    observed: Observed,
    steps: PlannedStep[],
    options: ProvisionOptions,
  ) {
    this.#desired = desired;
    this.#observed = observed;
    this.#steps = steps;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#job = createJob({
      cloudflare: options.cloudflare,
      command: "provision",
      release: desired.release.tag,
      stepNames: steps.map(({ name }) => name),
      leaseSeconds: options.leaseSeconds,
      clock: this.#clock,
    });
    const { database } = observed;
    if (database.state === "present") this.#database = { ...database, isNew: false };
  }

  get databaseId(): string | undefined {
    return this.#database?.id;
  }

  async all(willChange: boolean): Promise<void> {
    for (const { name, isNeeded, what } of this.#steps) {
      if (!isNeeded) this.#mark(name, "skipped", what);
    }
    let current: StepName = "database";
    try {
      for (const { name, isNeeded } of this.#steps) {
        current = name;
        this.#options.signal?.throwIfAborted();
        // The lease is taken as soon as there is a database to take it in, and before anything else is changed.
        if (willChange && name !== "database" && !this.#job.isOpen) await this.#open();
        if (!isNeeded || this.#isDone(name)) continue;
        this.#mark(name, "running");
        await this.#job.keepLease();
        this.#mark(name, "done", await this.#do(name));
      }
      if (this.#job.isOpen && this.claim === undefined) await this.#job.finish();
    } catch (error) {
      if (error instanceof PlatformChangedError || error instanceof PlatformBusyError) throw error;
      throw await this.#failed(current, error);
    }
  }

  /** @returns what there is to say of it. */
  async #do(name: StepName): Promise<string> {
    const desired = this.#desired;
    const { cloudflare } = this.#options;
    const { hostname } = new URL(this.#observed.authUrl);
    switch (name) {
      case "database":
        this.#database = await ensureDatabase(cloudflare, desired);
        return this.#database.isNew ? this.#database.id : `${this.#database.id}, which was there`;
      case "migrations":
        return this.#migrate();
      case "worker":
        if (this.#observed.worker === undefined && this.#ready.contents.hasUsers) {
          this.#note(
            "the database has users and its Worker was gone: with a new secret they sign in again, and two-factor codes made under the old one end",
          );
        }
        await uploadWorker(cloudflare, desired, this.#observed.worker, this.#ready.id, this.#job);
        return desired.release.tag;
      case "hostname":
        await attachHostname(cloudflare, desired, hostname, this.#job);
        return hostname;
      case "verify":
        return this.#verify();
      case "claim":
        return this.#issueClaim();
    }
    return name satisfies never;
  }

  get #ready(): ReadyDatabase {
    if (this.#database === undefined) throw new Error("no step before it found a database");
    return this.#database;
  }

  /** Takes the lease. An empty database gets its tables in the same transaction: one call less, and no half-made one. */
  async #open(): Promise<void> {
    const { id, contents } = this.#ready;
    const expected = contents.lastJob?.jobId;
    if (!isEmpty(this.#ready, this.#desired)) {
      await this.#job.open(id, expected);
      // What was observed of the Worker is older than this database: a job may have made one since.
      if (this.#observed.database.state !== "present" && expected !== undefined) {
        await this.#lookAgain();
      }
      return;
    }
    const statements = firstMigrations(this.#desired);
    this.#mark("migrations", "running");
    this.#job.mark("migrations", "done");
    const next = this.#steps.find(({ name, isNeeded }) => isNeeded && !this.#isDone(name));
    if (next !== undefined) this.#job.mark(next.name, "running");
    await this.#openWith(id, expected, statements);
    this.#mark("migrations", "done", `${this.#desired.release.migrations.length} applied`);
  }

  async #openWith(id: string, expected: string | undefined, statements: Sql[]): Promise<void> {
    try {
      await this.#job.open(id, expected, statements);
    } catch (error) {
      if (!isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
      throw migrationFailed(this.#desired, "the migrations", [], error);
    }
  }

  async #lookAgain(): Promise<void> {
    const worker = await this.#options.cloudflare.readWorker(this.#desired.contract.workerName);
    if (worker === undefined) return;
    await this.#job.fail("looked again");
    throw new PlatformChangedError();
  }

  async #migrate(): Promise<string> {
    const { id, contents } = this.#ready;
    const pending = pendingMigrations(this.#desired, contents.migrations);
    if (pending.length > 0) {
      const bookmark = await this.#options.cloudflare.readBookmark(id);
      this.#note(
        `to undo the migrations: npx wrangler d1 time-travel restore ${this.#desired.contract.databaseName} --bookmark=${bookmark}`,
      );
      await migrate(this.#job, this.#desired, this.#ready);
    }
    return `${contents.migrations.length + pending.length} applied`;
  }

  async #verify(): Promise<string> {
    const { signal, certificateSeconds, settleSeconds, fetch } = this.#options;
    let said = "";
    const outcome = await verifyPlatform({
      authUrl: this.#observed.authUrl,
      platformId: this.#desired.contract.platformId,
      release: this.#desired.release.tag,
      fetch,
      clock: this.#clock,
      certificateSeconds,
      settleSeconds,
      signal,
      onWait: async (reason) => {
        if (reason !== said) {
          this.#note(reason);
          this.#job.mark("verify", "running", { detail: reason });
        }
        said = reason;
        await this.#job.keepLease({ behindMs: 1000 });
      },
    });
    if (outcome.ok) return outcome.checks.join(", ");
    const { platformId } = this.#desired.contract;
    throw new ProvisioningError("verification_failed", outcome.problem, {
      state: "the platform is deployed and does not answer as it should",
      next: `see its state with: nno-auth status ${platformId}, then run again: nno-auth provision ${platformId}`,
    });
  }

  /** In one transaction with the end of the job: a link is issued once, by a job that is done. */
  async #issueClaim(): Promise<string> {
    if (this.#ready.contents.hasAdmin) return "the platform has an admin";
    const { link, statements } = await createClaim(this.#observed.authUrl, {
      now: this.#clock.now(),
      email: this.#options.claimEmail,
    });
    this.#job.mark("claim", "done");
    await this.#job.finish(statements);
    this.claim = link;
    return `a link, until ${new Date(link.expiresAt).toISOString()}`;
  }

  #isDone(name: StepName): boolean {
    return this.#job.steps.some(({ step, state }) => step === name && state === "done");
  }

  #mark(step: StepName, state: StepState, detail?: string): void {
    this.#job.mark(step, state, detail === undefined ? {} : { detail });
    this.#options.onEvent?.({
      type: "step",
      step,
      state,
      at: this.#clock.now(),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  #note(message: string): void {
    const step = this.#job.steps.find(({ state }) => state === "running")?.step;
    this.#options.onEvent?.({ type: "note", message, ...(step === undefined ? {} : { step }) });
  }

  /**
   * A refusal is final: the token, the zone or the code has to change first. What this run made for a platform that was not
   * there is taken away again, under its lease. @returns whether that was so, and nothing is left.
   */
  async #undo(): Promise<boolean> {
    const { cloudflare } = this.#options;
    const isNew = this.#observed.worker === undefined && this.#database?.isNew === true;
    if (!isNew || !this.#job.isOpen) return false;
    try {
      await this.#job.keepLease();
      if (this.#isDone("worker")) {
        const beforeEach = async () => this.#job.keepLease();
        await cloudflare.deleteWorker(this.#desired.contract.workerName, { beforeEach });
      }
      await cloudflare.deleteDatabase(this.#ready.id, {
        beforeEach: async () => this.#job.keepLease({ mayBeGone: true }),
      });
      this.#job.leave();
      return true;
    } catch {
      // Without the permission for it, it stays; a run with a better token goes on from there.
      return false;
    }
  }

  async #failed(step: StepName, error: unknown): Promise<ProvisioningError> {
    const done = this.#job.steps.filter((one) => one.state === "done").map((one) => one.step);
    const isUndone = error instanceof CloudflareError && (await this.#undo());
    const state =
      done.length === 0
        ? nothingChanged
        : isUndone
          ? "nothing is left of what was made"
          : `done are ${done.join(", ")}`;
    const again = `nno-auth provision ${this.#desired.contract.platformId}`;
    const explained = explain(error, state, again);
    this.#job.mark(step, "failed", { error: explained.message });
    this.#options.onEvent?.({
      type: "step",
      step,
      state: "failed",
      at: this.#clock.now(),
      detail: explained.message,
    });
    await this.#job.fail(explained.line);
    return explained;
  }
}
