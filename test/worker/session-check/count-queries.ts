/** A real D1 binding that counts what runs: the session check's own statement, and every other. */
export function countQueries(d1: D1Database): {
  binding: D1Database;
  counted: { session: number; other: number };
} {
  const counted = { session: 0, other: 0 };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const watch = (statement: D1PreparedStatement, kind: keyof typeof counted) => {
    const watched = new Proxy(statement, {
      get(target, key) {
        if (key === "bind") return (...values: unknown[]) => watch(target.bind(...values), kind);
        if (key === "all" || key === "run" || key === "raw" || key === "first") counted[kind] += 1;
        const value = Reflect.get(target, key) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    originals.set(watched, statement);
    return watched;
  };
  const binding = new Proxy(d1, {
    get(target, key) {
      if (key === "prepare") {
        return (sql: string) =>
          watch(target.prepare(sql), sql.startsWith("select s.") ? "session" : "other");
      }
      if (key === "batch") {
        return (statements: object[]) => {
          counted.other += 1;
          return target.batch(statements.flatMap((statement) => originals.get(statement) ?? []));
        };
      }
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { binding, counted };
}
