/** Splits SQL text into statements, as D1's API does: `;` in strings, comments and trigger bodies does not end a statement. */

const token =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|;|[A-Za-z_][A-Za-z0-9_$]*|[\s\S]/g;
const comment = /^(?:--|\/\*)/;

/** Statements without their final `;`. A statement with nothing but blanks and comments is left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let text = "";
  let words: string[] = [];
  /** How many BEGIN and CASE still wait for their END. They count only in the body of a trigger. */
  let open = 0;
  let isEmpty = true;
  const finish = (): void => {
    if (!isEmpty) statements.push(text.trim());
    text = "";
    words = [];
    open = 0;
    isEmpty = true;
  };
  for (const [part] of sql.matchAll(token)) {
    if (part === ";" && open === 0) {
      finish();
      continue;
    }
    text += part;
    if (comment.test(part) || part.trim() === "") continue;
    isEmpty = false;
    const word = part.toUpperCase();
    if (words.length < 3) words.push(word);
    if (!isTrigger(words)) continue;
    if (word === "BEGIN" || word === "CASE") open += 1;
    if (word === "END") open -= 1;
  }
  finish();
  return statements;
}

function isTrigger([first, second, third]: string[]): boolean {
  return (
    first === "CREATE" &&
    (second === "TRIGGER" || ((second === "TEMP" || second === "TEMPORARY") && third === "TRIGGER"))
  );
}
