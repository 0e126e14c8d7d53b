/** What is deployed: one build of the Worker and the migrations that it expects. Built elsewhere; no platform is in it. */

interface WorkerModule {
  name: string;
  content: string | Uint8Array<ArrayBuffer>;
  /** `application/javascript+module` for an ES module. */
  contentType: string;
}

export interface Migration {
  /** The file's name, as `d1_migrations` lists it. */
  name: string;
  sql: string;
}

export interface Release {
  /** Version and content: the same tag is the same code. A tag of the Worker, and its RELEASE variable. */
  tag: string;
  mainModule: string;
  modules: WorkerModule[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  /** In the order in which they are applied. */
  migrations: Migration[];
}
