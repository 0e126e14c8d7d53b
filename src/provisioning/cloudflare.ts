/**
 * Cloudflare's API as far as this job needs it: one function for each operation, its answer parsed. Whether an operation
 * may be repeated is decided here. Decides nothing about platforms.
 */
import { z } from "zod";
import { cloudflareCode, isCloudflareError } from "./cloudflare-error.ts";
import type { Release } from "./release.ts";
import { createTransport, type Call, type CloudflareAccess } from "./transport.ts";

const bindingSchema = z.looseObject({ type: z.string(), name: z.string() });
/** A Worker's binding. Secrets come without their value. */
export type Binding = z.infer<typeof bindingSchema>;

const workerSettings = z.object({
  tags: z.array(z.string()).nullish(),
  bindings: z.array(bindingSchema).optional(),
});

const databaseSchema = z.object({ uuid: z.string(), name: z.string() });
export interface Database {
  id: string;
  name: string;
}

const domainSchema = z.object({ id: z.string(), hostname: z.string(), service: z.string() });
export type Domain = z.infer<typeof domainSchema>;

const scriptSchema = z.object({
  id: z.string(),
  tags: z.array(z.string()).nullish(),
  modified_on: z.string().optional(),
});

const rowSchema = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof rowSchema>;
const querySchema = z.array(z.object({ results: z.array(rowSchema).default([]) }));

const exportSchema = z.object({
  status: z.string().optional(),
  at_bookmark: z.string().optional(),
  error: z.string().optional(),
  result: z.object({ signed_url: z.string().optional() }).optional(),
});
export type ExportState = z.infer<typeof exportSchema>;

export interface Upload {
  workerName: string;
  release: Release;
  bindings: Binding[];
  tags: string[];
}

/** What must hold whenever the call leaves, its repetitions included. */
type Guard = Pick<Call, "beforeEach">;

export type Cloudflare = ReturnType<typeof createCloudflare>;

export function createCloudflare(access: CloudflareAccess) {
  const call = createTransport(access);
  const account = `/accounts/${encodeURIComponent(access.accountId)}`;
  const worker = (name: string) => `${account}/workers/scripts/${encodeURIComponent(name)}`;
  const database = (idOrName: string) => `${account}/d1/database/${encodeURIComponent(idOrName)}`;

  return {
    accountId: access.accountId,

    /** The Worker's tags and bindings; undefined when there is none. */
    async readWorker(name: string) {
      const answer = await absent(
        call({ method: "GET", path: `${worker(name)}/settings`, repeatable: true }),
        cloudflareCode.workerNotFound,
        cloudflareCode.scriptNotFound,
      );
      if (answer === undefined) return undefined;
      const { tags, bindings } = workerSettings.parse(answer.result);
      return { tags: tags ?? [], bindings: bindings ?? [] };
    },

    /** Every Worker of the account; the ones without a tag of ours too. */
    async listWorkers() {
      const { result } = await call({
        method: "GET",
        path: `${account}/workers/scripts`,
        repeatable: true,
      });
      return z
        .array(scriptSchema)
        .parse(result)
        .map(({ id, tags, modified_on }) => ({
          name: id,
          tags: tags ?? [],
          modifiedOn: modified_on,
        }));
    },

    /**
     * Creates the Worker or a new version of it. Repeatable: the same upload twice is the same Worker. `strict` makes a
     * binding that cannot be inherited an error (10057); without it the binding, a secret for one, is dropped.
     */
    async uploadWorker(
      { workerName, release, bindings, tags }: Upload,
      { beforeEach }: Guard = {},
    ): Promise<void> {
      const form = new FormData();
      const metadata = {
        main_module: release.mainModule,
        compatibility_date: release.compatibilityDate,
        compatibility_flags: release.compatibilityFlags,
        bindings,
        // As wrangler does: a secret that was put since the Worker was read is not among `bindings`, and stays.
        keep_bindings: ["secret_text", "secret_key"],
        tags,
        observability: { enabled: true },
      };
      form.set("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
      for (const { name, content, contentType } of release.modules) {
        form.set(name, new Blob([content], { type: contentType }), name);
      }
      await call({
        method: "PUT",
        path: worker(workerName),
        query: { bindings_inherit: "strict" },
        form,
        repeatable: true,
        beforeEach,
      });
    },

    /** @returns whether there was one. */
    async deleteWorker(name: string, { beforeEach }: Guard = {}): Promise<boolean> {
      const answer = await absent(
        call({ method: "DELETE", path: worker(name), repeatable: true, beforeEach }),
        cloudflareCode.workerNotFound,
        cloudflareCode.scriptNotFound,
      );
      return answer !== undefined;
    },

    /** The database of exactly this name. */
    async findDatabase(name: string): Promise<Database | undefined> {
      const answer = await absent(
        call({ method: "GET", path: database(name), repeatable: true }),
        cloudflareCode.databaseNotFound,
      );
      return answer === undefined ? undefined : readDatabase(answer.result);
    },

    /** Not repeatable. @throws CloudflareError 7502 when the name is taken. */
    async createDatabase(name: string, location?: string): Promise<Database> {
      const { result } = await call({
        method: "POST",
        path: `${account}/d1/database`,
        json: { name, ...(location === undefined ? {} : { primary_location_hint: location }) },
        repeatable: false,
      });
      return readDatabase(result);
    },

    /** @returns whether there was one. */
    async deleteDatabase(id: string, { beforeEach }: Guard = {}): Promise<boolean> {
      const answer = await absent(
        call({ method: "DELETE", path: database(id), repeatable: true, beforeEach }),
        cloudflareCode.databaseNotFound,
      );
      return answer !== undefined;
    },

    /** Runs statements as one transaction; one list of rows for each. `repeatable` when twice is the same as once. */
    async query(
      databaseId: string,
      statements: string,
      { repeatable }: { repeatable: boolean },
    ): Promise<Row[][]> {
      const { result } = await call({
        method: "POST",
        path: `${database(databaseId)}/query`,
        json: { sql: statements },
        repeatable,
      });
      return querySchema.parse(result).map(({ results }) => results);
    },

    /** A point to which Time Travel can bring the database back. */
    async readBookmark(databaseId: string): Promise<string> {
      const { result } = await call({
        method: "GET",
        path: `${database(databaseId)}/time_travel/bookmark`,
        repeatable: true,
      });
      return z.object({ bookmark: z.string() }).parse(result).bookmark;
    },

    /** Starts an export, or asks for the state of the one at `bookmark`. It changes nothing, so it may be repeated. */
    async exportDatabase(databaseId: string, bookmark?: string): Promise<ExportState> {
      const { result } = await call({
        method: "POST",
        path: `${database(databaseId)}/export`,
        json: {
          output_format: "polling",
          ...(bookmark === undefined ? {} : { current_bookmark: bookmark }),
        },
        repeatable: true,
      });
      return exportSchema.parse(result);
    },

    async listDomains(filter: { hostname: string } | { service: string }): Promise<Domain[]> {
      const { result } = await call({
        method: "GET",
        path: `${account}/workers/domains`,
        query: filter,
        repeatable: true,
      });
      return z.array(domainSchema).parse(result);
    },

    /** Makes a hostname the Worker's, with its DNS record and certificate. Takes it from another Worker: look first. */
    async attachDomain(
      domain: { hostname: string; service: string; zoneName?: string | undefined },
      { beforeEach }: Guard = {},
    ) {
      const { hostname, service, zoneName } = domain;
      await call({
        method: "PUT",
        path: `${account}/workers/domains`,
        json: {
          hostname,
          service,
          ...(zoneName === undefined ? {} : { zone_name: zoneName }),
        },
        repeatable: true,
        beforeEach,
      });
    },

    /** Nothing happens to one that is gone. */
    async detachDomain(id: string, { beforeEach }: Guard = {}): Promise<void> {
      try {
        await call({
          method: "DELETE",
          path: `${account}/workers/domains/${encodeURIComponent(id)}`,
          repeatable: true,
          beforeEach,
        });
      } catch (error) {
        // Cloudflare documents no code for this one.
        if (!(isCloudflareError(error) && error.status === 404)) throw error;
      }
    },

    async listDatabases(name: string): Promise<Database[]> {
      const { result } = await call({
        method: "GET",
        path: `${account}/d1/database`,
        query: { name },
        repeatable: true,
      });
      return z.array(z.unknown()).parse(result).map(readDatabase);
    },

    async findZone(name: string): Promise<string | undefined> {
      const { result } = await call({
        method: "GET",
        path: "/zones",
        query: { name },
        repeatable: true,
      });
      const zones = z.array(z.object({ id: z.string(), name: z.string() })).parse(result);
      return zones.find((zone) => zone.name === name)?.id;
    },

    /** What the token says of itself: `active`, `disabled`, `expired`. */
    async readTokenStatus(): Promise<string> {
      const { result } = await call({
        method: "GET",
        path: "/user/tokens/verify",
        repeatable: true,
      });
      return z.object({ status: z.string() }).parse(result).status;
    },
  };
}

function readDatabase(result: unknown): Database {
  const { uuid, name } = databaseSchema.parse(result);
  return { id: uuid, name };
}

/** Undefined when Cloudflare answers that there is no such thing. */
async function absent<T>(answer: Promise<T>, ...codes: number[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isCloudflareError(error, ...codes)) return undefined;
    throw error;
  }
}
