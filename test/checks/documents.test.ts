/** Documents that can be followed: links lead somewhere, paths exist, commands are known, and tables can be read. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  anchors,
  environments,
  inlineCode,
  readPage,
  readPages,
  relativeLinks,
  root,
  tableRows,
} from "../documents.ts";

const pages = readPages(["*.md", "docs/**/*.md", "src/{sdk,ui-auth}/README.md"]);
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** Files that a command makes. */
const made = /(^|\/)(dist|\.dev\.vars)$/;

describe.each(pages.map((page) => [page.file, page] as const))("%s", (_file, page) => {
  it("has links that lead to a file, and to a heading in it", () => {
    const broken = relativeLinks(page).filter(({ path, anchor }) => {
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchors(readPage(path)).includes(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it("names files and folders that exist", () => {
    const named = inlineCode(page).filter((code) =>
      /^(src|test|docs|migrations|\.ci)\/\S*$/.test(code),
    );
    const missing = named.filter(
      (path) => !made.test(path) && !existsSync(join(root, path.replace(/:.*$/, ""))),
    );
    expect(missing).toEqual([]);
  });

  it("names tests that exist: those without a folder are in test/security", () => {
    const named = inlineCode(page).filter((code) => /^[\w-]+\.test\.tsx?$/.test(code));
    expect(named.filter((name) => !existsSync(join(root, "test/security", name)))).toEqual([]);
  });

  it("names scripts that package.json has", () => {
    const named = [...page.text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("has no table row over 400 characters, and no sentence in a cell", () => {
    const wide = tableRows(page).filter(({ text }) => text.length > 400);
    const sentences = tableRows(page).filter(({ cells }) =>
      cells.some((cell) => /[^.]\.($|\s+[A-Z])/.test(cell)),
    );
    expect([...wide, ...sentences].map(({ line }) => line)).toEqual([]);
  });
});

/** The packages' own pages are for projects that have installed them. */
const blocks = pages
  .filter(({ file }) => !file.startsWith("src/"))
  .flatMap((page) => page.blocks)
  .filter(({ language }) => /^(sh|bash|shell|console)$/.test(language));

it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))(
  "%s says where its commands run, or why they cannot",
  (_place, { language, runs, notRun }) => {
    expect(language).toBe("sh");
    if (notRun === undefined) expect(environments).toContain(runs);
  },
);

it("has a README that is read in five minutes", () => {
  expect(readPage("README.md").text.split("\n").length).toBeLessThan(150);
});
