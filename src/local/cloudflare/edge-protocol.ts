/** The messages between the Node side of the local Cloudflare and its edge Worker. */

/** A version as Node passes it on. Secrets are among `variables`. */
export interface LoadableVersion {
  script: string;
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  modules: {
    name: string;
    type: "js" | "cjs" | "text" | "json" | "data" | "wasm";
    content: string;
  }[];
  variables: Record<string, unknown>;
  databases: Record<string, string>;
  mailboxes: string[];
  rateLimiters: Record<string, { namespace: string; limit: number; periodSeconds: number }>;
}

export interface EdgeQuery {
  database: string;
  queries: { sql: string; params: unknown[] }[];
}
