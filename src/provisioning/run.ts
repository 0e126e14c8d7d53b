/**
 * The runner: takes a platform through the steps of a plan, whether it is made or removed. It owns their order in time, the
 * lease around them, the journal, and what is said when one of them fails. What a step does and says is the step's own.
 */
import { systemClock, type Clock } from "./clock.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { CloudflareError } from "./cloudflare/errors.ts";
import type { AnnouncedStep, ProvisioningEvent } from "./events.ts";
import { explain } from "./explain.ts";
import { PlatformBusyError, PlatformChangedError, createJob } from "./job.ts";
import type { StepState } from "./journal.ts";
import type { Platform } from "../platform.ts";
import type { ProvisioningError } from "./provisioning-error.ts";
import type { ReadyDatabase, Step, Work } from "./steps/step.ts";

export interface RunOptions {
  cloudflare: Cloudflare;
  leaseSeconds?: number | undefined;
  onEvent?: ((event: ProvisioningEvent) => void) | undefined;
  /** Reaches the platform's own host. Default: the global fetch. */
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** Stops the job between two steps and gives the lease back. */
  signal?: AbortSignal | undefined;
}

export interface RunRules {
  /** False for a plan that only looks. */
  takesLease: boolean;
  /** The command that resumes the job. */
  again: string;
  /** Called once the lease is there: whether something else happened to the platform since it was observed. */
  isOutdated?(): Promise<boolean>;
  /** Whether a refusal by Cloudflare undoes what this run did. */
  undoesWhenRefused?(): boolean;
  /** In which state a failure leaves the platform. */
  describeState(outcome: { done: string[]; toDo: string[]; isUndone: boolean }): string;
}

/** Makes what every step works with. */
export function createWork(
  command: string,
  release: string | null,
  contract: Platform,
  stepNames: readonly string[],
  database: ReadyDatabase | undefined,
  { cloudflare, leaseSeconds, onEvent, fetch, clock = systemClock, signal }: RunOptions,
): Work {
  const job = createJob({ cloudflare, command, release, stepNames, leaseSeconds, clock });
  return {
    contract,
    cloudflare,
    job,
    clock,
    fetch,
    signal,
    database,
    note(message) {
      const step = job.steps.find(({ state }) => state === "running")?.step;
      onEvent?.({ type: "note", message, ...(step === undefined ? {} : { step }) });
    },
  };
}

/**
 * Applies every step that the plan needs.
 *
 * @param plan what `planSteps` said of `steps`.
 * @throws ProvisioningError after writing the failure into the journal; PlatformBusyError and PlatformChangedError if the job
 * has to look again before it acts.
 */
export async function runSteps<Facts, Doing extends Work>(
  steps: readonly Step<Facts, Doing>[],
  plan: readonly AnnouncedStep[],
  work: Doing,
  rules: RunRules,
  onEvent: ((event: ProvisioningEvent) => void) | undefined,
): Promise<void> {
  await new Run(steps, plan, work, rules, onEvent).all();
}

class Run<Facts, Doing extends Work> {
  readonly #steps: readonly Step<Facts, Doing>[];
  readonly #needed: readonly Step<Facts, Doing>[];
  readonly #plan: readonly AnnouncedStep[];
  readonly #work: Doing;
  readonly #rules: RunRules;
  readonly #onEvent: ((event: ProvisioningEvent) => void) | undefined;
  /** The step to which a failure belongs. */
  #current: Step<Facts, Doing> | undefined;

  constructor(
    steps: readonly Step<Facts, Doing>[],
    plan: readonly AnnouncedStep[],
    work: Doing,
    rules: RunRules,
    onEvent: ((event: ProvisioningEvent) => void) | undefined,
  ) {
    const needed = new Set(plan.filter(({ isNeeded }) => isNeeded).map(({ name }) => name));
    this.#steps = steps;
    this.#needed = steps.filter(({ name }) => needed.has(name));
    this.#plan = plan;
    this.#work = work;
    this.#rules = rules;
    this.#onEvent = onEvent;
  }

  async all(): Promise<void> {
    const { job, signal } = this.#work;
    for (const { name, isNeeded, what } of this.#plan) {
      if (!isNeeded) this.#mark(name, "skipped", what);
    }
    try {
      for (const step of this.#needed) {
        this.#current = step;
        signal?.throwIfAborted();
        await this.#takeLease();
        if (this.#isDone(step)) continue;
        this.#current = step;
        this.#mark(step.name, "running");
        await job.keepLease();
        this.#mark(step.name, "done", await step.apply(this.#work));
      }
      if (job.isOpen) await job.finish();
    } catch (error) {
      if (error instanceof PlatformChangedError || error instanceof PlatformBusyError) throw error;
      throw await this.#fail(error);
    }
  }

  /** Takes the lease as soon as there is a database to take it in, and before anything else is changed. */
  async #takeLease(): Promise<void> {
    const { job, database } = this.#work;
    if (!this.#rules.takesLease || job.isOpen || job.hasEnded || database === undefined) return;
    const expected = database.contents.lastJob?.jobId;
    const early = this.#stepWithLease();
    if (early === undefined) {
      await job.open(database.id, expected);
    } else {
      this.#current = early.step;
      this.#mark(early.step.name, "running");
      // The journal is written in the same transaction, so it has to say already what holds when that has succeeded.
      job.mark(early.step.name, "done");
      const next = this.#needed.find((step) => !this.#isDone(step));
      if (next !== undefined) job.mark(next.name, "running");
      await job.open(database.id, expected, early.statements);
      this.#mark(early.step.name, "done", early.done);
    }
    if (await this.#rules.isOutdated?.()) {
      await job.fail("the platform changed before the lease was taken");
      throw new PlatformChangedError();
    }
  }

  /** The step, if there is one, that is done by the transaction that takes the lease. */
  #stepWithLease() {
    for (const step of this.#needed) {
      const early = this.#isDone(step) ? undefined : step.withLease?.(this.#work);
      if (early !== undefined) return { step, ...early };
    }
    return undefined;
  }

  #isDone({ name }: { name: string }): boolean {
    return this.#work.job.steps.some(({ step, state }) => step === name && state === "done");
  }

  #mark(step: string, state: StepState, detail?: string): void {
    const more = detail === undefined || detail === "" ? {} : { detail };
    this.#work.job.mark(step, state, more);
    this.#onEvent?.({ type: "step", step, state, at: this.#work.clock.now(), ...more });
  }

  /**
   * A refusal is final: the token, the zone or the code has to change first. What this run has done is undone in reverse,
   * under the lease. A step without `undo` needs none: what it made is in the database and goes with it.
   *
   * @returns whether that was allowed and has succeeded.
   */
  async #undo(): Promise<boolean> {
    const { job } = this.#work;
    if (this.#rules.undoesWhenRefused?.() !== true || !job.isOpen) return false;
    try {
      await job.keepLease();
      for (const step of this.#steps.toReversed()) {
        if (this.#isDone(step)) await step.undo?.apply(this.#work);
      }
      return true;
    } catch {
      // The token may lack the permission for that too. A run with a better one resumes from what is there, and the refusal
      // that led here is what the operator has to know.
      return false;
    }
  }

  async #fail(error: unknown): Promise<ProvisioningError> {
    const { job } = this.#work;
    const done = this.#steps.filter((step) => this.#isDone(step)).map(({ name }) => name);
    const toDo = this.#needed.filter((step) => !this.#isDone(step)).map(({ name }) => name);
    const isUndone = error instanceof CloudflareError && (await this.#undo());
    const state = this.#rules.describeState({ done, toDo, isUndone });
    const { again } = this.#rules;
    const explained =
      (error instanceof CloudflareError
        ? this.#current?.explain?.(error, { work: this.#work, state, again })
        : undefined) ?? explain(error, state, again);
    if (this.#current !== undefined) {
      const { name } = this.#current;
      const { message } = explained;
      job.mark(name, "failed", { error: message });
      const at = this.#work.clock.now();
      this.#onEvent?.({ type: "step", step: name, state: "failed", at, detail: message });
    }
    await job.fail(explained.line);
    return explained;
  }
}
