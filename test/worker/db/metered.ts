/** A real D1 binding that adds up the rows which its statements read, as D1 bills them. */

const original = Symbol("original statement");

interface Original {
  statement: D1PreparedStatement;
  sql: string;
}

/** @param except statements that are not counted. */
export function metered(
  d1: D1Database,
  except: RegExp,
): { binding: D1Database; meter: { rowsRead: number } } {
  const meter = { rowsRead: 0 };
  const count = (sql: string, result: D1Result | undefined): void => {
    if (!except.test(sql)) meter.rowsRead += result?.meta.rows_read ?? 0;
  };
  const watch = ({ statement, sql }: Original): D1PreparedStatement => {
    const all = async () => {
      const result = await statement.all();
      count(sql, result);
      return result;
    };
    return {
      [original]: { statement, sql },
      bind: (...values: unknown[]) => watch({ statement: statement.bind(...values), sql }),
      all,
      run: all,
      // D1 says what rows cost beside objects alone. A select is run again for that; what writes has no column twice.
      raw: async () => {
        const { results } = await all();
        if (/^\s*select\b/i.test(sql)) return statement.raw();
        return results.map((row) => Object.values(row));
      },
    } as unknown as D1PreparedStatement;
  };
  const binding = {
    prepare: (sql: string) => watch({ statement: d1.prepare(sql), sql }),
    batch: async (statements: Record<symbol, Original>[]) => {
      const originals = statements.flatMap((statement) => statement[original] ?? []);
      const results = await d1.batch(originals.map(({ statement }) => statement));
      originals.forEach(({ sql }, index) => count(sql, results[index]));
      return results;
    },
  } as unknown as D1Database;
  return { binding, meter };
}
