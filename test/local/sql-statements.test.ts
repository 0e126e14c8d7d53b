import { describe, expect, it } from "vitest";
import { splitStatements } from "../../src/local/cloudflare/sql-statements.ts";

describe("splitting SQL into statements", () => {
  it("ends a statement at ; and leaves out empty ones", () => {
    expect(splitStatements("SELECT 1;; -- nothing\n ;/* here */ SELECT 2")).toEqual([
      "SELECT 1",
      "/* here */ SELECT 2",
    ]);
  });

  it("does not end one in strings, names and comments", () => {
    const sql = `SELECT 'a;''b', "c;d", \`e;f\`, [g;h] -- ;\n/* ; */`;
    expect(splitStatements(`${sql}; SELECT 2`)).toEqual([sql, "SELECT 2"]);
  });

  it("keeps a trigger's body together, with CASE, and with END in upper or lower case", () => {
    const trigger = `create temp trigger "t" after insert on a begin select case when 1 then 2 end; select 3; end`;
    expect(splitStatements(`${trigger}; SELECT 4;`)).toEqual([trigger, "SELECT 4"]);
  });

  it("lets a name contain a keyword", () => {
    expect(splitStatements("CREATE TABLE trigger_begin (begin_at); SELECT 1")).toHaveLength(2);
  });
});
