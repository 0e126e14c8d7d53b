/**
 * Stores Workers: a script with its settings, its versions, and the deployment that says which versions run. As on Cloudflare,
 * secrets are bindings of a version. A changed secret therefore makes a new version, and a version's id always names exactly
 * one set of code and bindings.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { LoadableVersion } from "./edge-protocol.ts";
import { scriptNotFound } from "./errors.ts";
import type { State } from "./state.ts";

export const storedBinding = z.discriminatedUnion("type", [
  z.object({ type: z.literal("plain_text"), name: z.string(), text: z.string() }),
  z.object({ type: z.literal("secret_text"), name: z.string(), text: z.string() }),
  z.object({ type: z.literal("json"), name: z.string(), json: z.unknown() }),
  z.object({ type: z.literal("d1"), name: z.string(), id: z.string() }),
  z.looseObject({ type: z.literal("send_email"), name: z.string() }),
  z.object({
    type: z.literal("ratelimit"),
    name: z.string(),
    namespace_id: z.string(),
    simple: z.object({ limit: z.number().int().positive(), period: z.literal([10, 60]) }),
  }),
  z.object({ type: z.literal("version_metadata"), name: z.string() }),
]);
export type Binding = z.infer<typeof storedBinding>;

export interface StoredModule {
  name: string;
  type: LoadableVersion["modules"][number]["type"];
  /** SHA-256 of the content. */
  hash: string;
}

export interface VersionContent {
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  modules: StoredModule[];
  bindings: Binding[];
  handlers: string[];
  namedHandlers: { name: string; handlers: string[] }[];
  annotations: Record<string, string>;
  /** `wrangler` or `api` */
  source: string;
  startupMilliseconds: number;
}

export interface Version extends VersionContent {
  id: string;
  script: string;
  number: number;
  createdAt: string;
}

export interface Settings {
  tags: string[];
  logpush: boolean;
  observability: Record<string, unknown> | null;
  tailConsumers: Record<string, unknown>[] | null;
  /** Null: near the users. Absent in the state of an earlier release. */
  placement?: Record<string, unknown> | null;
}

export interface Script {
  name: string;
  tag: string;
  createdAt: string;
  modifiedAt: string;
  settings: Settings;
  schedules: { cron: string; created_on: string; modified_on: string }[];
  subdomainEnabled: boolean;
  previewsEnabled: boolean;
}

export interface Deployment {
  id: string;
  created_on: string;
  source: string;
  strategy: "percentage";
  versions: { version_id: string; percentage: number }[];
  annotations: Record<string, string>;
}

export type WorkerStore = ReturnType<typeof createWorkerStore>;

export function createWorkerStore(state: State, now: () => number) {
  const timestamp = (): string => new Date(now()).toISOString();

  const findScript = (name: string): Script | undefined => {
    const row = state.get("SELECT * FROM script WHERE name = ?", name);
    return row === undefined
      ? undefined
      : {
          name: String(row["name"]),
          tag: String(row["tag"]),
          createdAt: String(row["created_at"]),
          modifiedAt: String(row["modified_at"]),
          settings: JSON.parse(String(row["settings"])) as Settings,
          schedules: JSON.parse(String(row["schedules"])) as Script["schedules"],
          subdomainEnabled: row["subdomain_enabled"] === 1,
          previewsEnabled: row["previews_enabled"] === 1,
        };
  };

  /** @throws {ApiError} 10007 */
  const getScript = (name: string): Script => {
    const script = findScript(name);
    if (script === undefined) throw scriptNotFound();
    return script;
  };

  const toVersion = (row: Record<string, unknown>): Version => ({
    ...(JSON.parse(String(row["content"])) as VersionContent),
    id: String(row["id"]),
    script: String(row["script"]),
    number: Number(row["number"]),
    createdAt: String(row["created_at"]),
  });

  const findVersion = (id: string): Version | undefined => {
    const row = state.get("SELECT * FROM version WHERE id = ?", id);
    return row === undefined ? undefined : toVersion(row);
  };

  const latestVersion = (script: string): Version | undefined => {
    const row = state.get(
      "SELECT * FROM version WHERE script = ? ORDER BY number DESC LIMIT 1",
      script,
    );
    return row === undefined ? undefined : toVersion(row);
  };

  const listDeployments = (script: string, limit = 10): Deployment[] =>
    state
      .all(
        "SELECT content FROM deployment WHERE script = ? ORDER BY sequence DESC LIMIT ?",
        script,
        limit,
      )
      .map(({ content }) => JSON.parse(String(content)) as Deployment);

  return {
    findScript,
    getScript,
    findVersion,
    latestVersion,
    listDeployments,

    listScripts: (): Script[] =>
      state.all("SELECT name FROM script ORDER BY name").map(({ name }) => getScript(String(name))),

    listVersions: (script: string): Version[] =>
      state
        .all("SELECT * FROM version WHERE script = ? ORDER BY number DESC LIMIT 100", script)
        .map(toVersion),

    /** The version that answers the next request: one of the deployed versions, chosen by their shares. */
    deployedVersion(script: string, random = Math.random()): string | undefined {
      const [deployment] = listDeployments(script, 1);
      let share = random * 100;
      for (const { version_id, percentage } of deployment?.versions ?? []) {
        share -= percentage;
        if (share < 0) return version_id;
      }
      return deployment?.versions.at(-1)?.version_id;
    },

    /** The version is not stored yet and gets its number when it is. */
    newVersion(script: string, content: VersionContent): Version {
      return { ...content, id: randomUUID(), script, number: 0, createdAt: timestamp() };
    },

    /** Stores a version with the contents of its modules. The first version creates the script. */
    saveVersion(version: Version, modules: Map<string, Buffer>): Version {
      const { id, script, number: _number, createdAt, ...content } = version;
      const number = (latestVersion(script)?.number ?? 0) + 1;
      state.run(
        "INSERT INTO script (name, tag, created_at, modified_at, settings, schedules) VALUES (?, ?, ?, ?, ?, '[]') ON CONFLICT DO NOTHING",
        script,
        randomBytes(16).toString("hex"),
        createdAt,
        createdAt,
        JSON.stringify({
          tags: [],
          logpush: false,
          observability: null,
          tailConsumers: null,
        } satisfies Settings),
      );
      state.run(
        "INSERT INTO version (id, script, number, created_at, content) VALUES (?, ?, ?, ?, ?)",
        id,
        script,
        number,
        createdAt,
        JSON.stringify(content satisfies VersionContent),
      );
      for (const [hash, bytes] of modules) {
        state.run(
          "INSERT INTO module (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
          hash,
          bytes,
        );
      }
      for (const hash of new Set(content.modules.map((module) => module.hash))) {
        state.run("INSERT INTO version_module (version_id, hash) VALUES (?, ?)", id, hash);
      }
      state.run("UPDATE script SET modified_at = ? WHERE name = ?", createdAt, script);
      return { ...version, number };
    },

    deploy(
      script: string,
      versions: Deployment["versions"],
      { source, annotations = {} }: { source: string; annotations?: Record<string, string> },
    ): Deployment {
      const deployment: Deployment = {
        id: randomUUID(),
        created_on: timestamp(),
        source,
        strategy: "percentage",
        versions,
        annotations,
      };
      state.run(
        "INSERT INTO deployment (id, script, created_at, content) VALUES (?, ?, ?, ?)",
        deployment.id,
        script,
        deployment.created_on,
        JSON.stringify(deployment),
      );
      return deployment;
    },

    saveSettings(script: string, settings: Settings): void {
      state.run("UPDATE script SET settings = ? WHERE name = ?", JSON.stringify(settings), script);
    },

    saveSchedules(script: string, schedules: Script["schedules"]): void {
      state.run(
        "UPDATE script SET schedules = ? WHERE name = ?",
        JSON.stringify(schedules),
        script,
      );
    },

    saveSubdomain(script: string, enabled: boolean, previews: boolean): void {
      state.run(
        "UPDATE script SET subdomain_enabled = ?, previews_enabled = ? WHERE name = ?",
        Number(enabled),
        Number(previews),
        script,
      );
    },

    /** Deletes the script with its versions, deployments, hostnames and routes, and the code that no other version uses. */
    removeScript(name: string): void {
      state.transaction(() => {
        const hashes = state.all(
          "SELECT DISTINCT hash FROM version_module JOIN version ON version.id = version_id WHERE script = ?",
          name,
        );
        state.run("DELETE FROM script WHERE name = ?", name);
        for (const { hash } of hashes) {
          state.run(
            "DELETE FROM module WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM version_module WHERE hash = ?1)",
            hash ?? null,
          );
        }
      });
    },

    readModule(hash: string): Buffer {
      const row = state.get("SELECT content FROM module WHERE hash = ?", hash);
      return Buffer.from(row?.["content"] as Uint8Array);
    },
  };
}

export function hashOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
