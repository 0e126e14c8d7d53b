/**
 * A target's database, past its Worker: D1's own calls, as far as tests make them, through a Worker that does nothing else.
 * Miniflare's proxy for bindings takes ten times as long, and tests compare whole databases.
 */

export type Row = Record<string, unknown>;

interface Result<Found = Row> {
  results: Found[];
  meta: { changes: number; size_after: number };
}

interface Statement {
  bind(...values: unknown[]): Statement;
  all<Found = Row>(): Promise<Result<Found>>;
  run(): Promise<Result>;
  raw<Values = unknown[]>(): Promise<Values[]>;
  first<Value>(column: string): Promise<Value | null>;
  first<Found = Row>(): Promise<Found | null>;
}

export interface Database {
  prepare(sql: string): Statement;
  /** In one transaction. */
  batch<Found = Row>(statements: Statement[]): Promise<Result<Found>[]>;
}

export const databaseWorker = `export default {
  async fetch(request, { DB }) {
    const statements = await request.json();
    try {
      return Response.json(
        await DB.batch(statements.map(({ sql, values }) => DB.prepare(sql).bind(...values))),
      );
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  }
}`;

/** @param url where `databaseWorker` listens. */
export function openDatabase(url: URL): Database {
  const written = new WeakMap<Statement, { sql: string; values: unknown[] }>();

  async function batch<Found>(statements: Statement[]): Promise<Result<Found>[]> {
    const body = JSON.stringify(statements.map((statement) => written.get(statement)));
    const answer = await fetch(url, { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Result<Found>[];
  }

  function statement(sql: string, values: unknown[]): Statement {
    const all = async () =>
      (await batch<Row>([made]))[0] ?? { results: [], meta: { changes: 0, size_after: 0 } };
    const made: Statement = {
      bind: (...bound) => statement(sql, bound),
      all: all as Statement["all"],
      run: all,
      raw: async () => (await all()).results.map(Object.values) as never[],
      async first(column?: string) {
        const [row = null] = (await all()).results;
        return (row === null || column === undefined ? row : (row[column] ?? null)) as never;
      },
    };
    written.set(made, { sql, values });
    return made;
  }

  return { prepare: (sql) => statement(sql, []), batch };
}
