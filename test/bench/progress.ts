/** Says what is going on: one line that changes on a terminal, and a line for each part elsewhere. */
let last = "";

export function progress(part: string, detail = ""): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${part} ${detail}`);
  else if (part !== last && part !== "") process.stderr.write(`${part}\n`);
  last = part;
}
