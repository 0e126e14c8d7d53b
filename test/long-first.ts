/**
 * Starts the long test files first on a machine that has not measured them. vitest goes by the size of a file; one that is
 * short to read and long to run would come last, beside a core that has nothing to do.
 */
import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const longFiles = new Set([
  "screens.test.ts",
  "account.test.ts",
  "owner.test.ts",
  "documents.test.ts",
  "suites.test.ts",
  "session-ends.test.ts",
  "secrets.test.ts",
  "tenants.test.ts",
  "fuzz.test.ts",
  "injection.test.ts",
  "interrupted-provision.test.ts",
  "interrupted-deprovision.test.ts",
  "wrangler.test.ts",
  "session.test.tsx",
  "odd-values.test.ts",
  "owner.test.ts",
]);

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.has(basename(moduleId));
    // The projects run one after the other.
    return [...new Set(sorted.map(({ project }) => project))].flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      return [...own.filter(isLong), ...own.filter((file) => !isLong(file))];
    });
  }
}
