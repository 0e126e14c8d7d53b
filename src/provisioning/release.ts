/** What is deployed: one build of the Worker, and the migrations that it expects. It is the same for every platform. */

interface WorkerModule {
  name: string;
  content: string | Uint8Array<ArrayBuffer>;
  /** `application/javascript+module` for an ES module. */
  contentType: string;
}

export interface Migration {
  /** The file's name, which is also its name in `d1_migrations`. */
  name: string;
  sql: string;
}

export interface Release {
  /** Made from version and content, so the same tag is the same code. It is a tag of the Worker, and its RELEASE variable. */
  tag: string;
  mainModule: string;
  modules: WorkerModule[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  /** In the order in which they are applied. */
  migrations: Migration[];
}
