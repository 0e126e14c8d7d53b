/** A real D1 binding that fails where a test says: what the network does, done on purpose. */

/** Called before each statement or batch with its SQL; throws, or lets it pass, at once or after a while. */
export type Fault = (sql: string) => void | Promise<void>;

export function faulty(d1: D1Database, fault: Fault): D1Database {
  const statements = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>();
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, key) {
        if (key === "bind") return (...values: unknown[]) => wrap(target.bind(...values), sql);
        if (key === "all" || key === "run" || key === "raw" || key === "first") {
          return async (...options: never[]) => {
            await fault(sql);
            return Reflect.apply(target[key], target, options) as Promise<unknown>;
          };
        }
        return Reflect.get(target, key) as unknown;
      },
    });
    statements.set(proxy, { statement, sql });
    return proxy;
  };
  return new Proxy(d1, {
    get(target, key) {
      if (key === "prepare") return (sql: string) => wrap(target.prepare(sql), sql);
      if (key === "batch") {
        return async (proxies: object[]) => {
          const originals = proxies.flatMap((proxy) => statements.get(proxy) ?? []);
          // A statement that fails inside a batch takes the whole batch along. A lost connection is the batch's own error.
          const failing = await Promise.all(
            originals.map(async ({ statement, sql }) => {
              try {
                await fault(sql);
                return statement;
              } catch (error) {
                if (String(error) === String(connectionLost())) throw error;
                return target.prepare("SELECT * FROM a_table_that_is_not_there");
              }
            }),
          );
          return target.batch(failing);
        };
      }
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** The error that D1 throws when its connection breaks. */
export function connectionLost(): Error {
  return new Error("D1_ERROR: Network connection lost.");
}
