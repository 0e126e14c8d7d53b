/** The project's documents as tests read them: their pages, links, code blocks, and what a block says about where it runs. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** Where a block of commands can say that it runs; test/system/documents.test.ts starts each of these. */
export const environments = [
  "checkout",
  "npm run dev",
  "npm start",
  "deployed",
  "account",
  "by hand",
] as const;
export type Environment = (typeof environments)[number];

export interface Page {
  /** From the project's root. */
  file: string;
  text: string;
  /** The text with its code blocks blanked out, line for line. */
  prose: string;
  blocks: Block[];
}

export interface Block {
  file: string;
  /** The line of the opening fence, counted from 1. */
  line: number;
  language: string;
  code: string;
  /** What `<!-- runs: ... -->` before the block says. */
  runs: string | undefined;
  /** What `<!-- not run: ... -->` before the block says. */
  notRun: string | undefined;
}

export function readPages(patterns: string[]): Page[] {
  return globSync(patterns, { cwd: root }).sort().map(readPage);
}

export function readPage(file: string): Page {
  const text = readFileSync(join(root, file), "utf8");
  const prose: string[] = [];
  const blocks: Block[] = [];
  let open: { line: number; language: string; code: string[] } | undefined;
  let mark = "";
  for (const [index, content] of text.split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(content);
    prose.push(fence !== null || open !== undefined ? "" : content);
    if (fence === null) {
      if (open !== undefined) open.code.push(content);
      else if (content.trim() !== "") mark = content;
    } else if (open === undefined) {
      open = { line: index + 1, language: fence[1] ?? "", code: [] };
    } else {
      const { line, language, code } = open;
      blocks.push({ file, line, language, code: code.join("\n"), ...readMark(mark) });
      open = undefined;
      mark = "";
    }
  }
  return { file, text, prose: prose.join("\n"), blocks };
}

function readMark(line: string): Pick<Block, "runs" | "notRun"> {
  const [, kind, said] = /^<!-- (runs|not run): (.+) -->$/.exec(line.trim()) ?? [];
  return {
    runs: kind === "runs" ? said : undefined,
    notRun: kind === "not run" ? said : undefined,
  };
}

/** Links of a page to other files of the project, pictures too: as they are written, and where they lead from the root. */
export function relativeLinks({ file, prose }: Page) {
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor] = target.split("#");
      return { target, path: path === "" ? file : join(dirname(file), path), anchor };
    });
}

/** The anchors that GitHub gives to a page's headings. */
export function anchors({ prose }: Page): string[] {
  return [...prose.matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What stands in `backquotes`. */
export function inlineCode({ prose }: Page): string[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

export interface TableRow {
  line: number;
  text: string;
  cells: string[];
}

export function tableRows({ prose }: Page): TableRow[] {
  return prose.split("\n").flatMap((text, index) => {
    if (!text.startsWith("|") || /^[|\s:-]+$/.test(text)) return [];
    const cells = text.split("|").slice(1, -1);
    return [{ line: index + 1, text, cells: cells.map((cell) => cell.trim()) }];
  });
}
