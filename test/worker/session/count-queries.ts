/** A real D1 binding that counts: the session check's own statement, and every other. */
export function countQueries(d1: D1Database): {
  binding: D1Database;
  counted: { session: number; other: number };
} {
  const counted = { session: 0, other: 0 };
  const binding = new Proxy(d1, {
    get(target, key) {
      if (key === "prepare") {
        return (sql: string) => {
          counted[sql.startsWith("select s.") ? "session" : "other"] += 1;
          return target.prepare(sql);
        };
      }
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { binding, counted };
}
