/** A reporter for CI logs: the outcome of the whole run on one last line, `N passed, N failed`. */
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that could not even be loaded has no tests, and has failed.
    const broken = modules.filter(
      (module) => module.state() === "failed" && module.errors().length > 0,
    );
    const skipped = count("skipped");
    const line = `${count("passed")} passed, ${count("failed") + broken.length} failed`;
    // After the summary of the default reporter.
    setImmediate(() => console.log(skipped === 0 ? line : `${line}, ${skipped} skipped`));
  }
}
