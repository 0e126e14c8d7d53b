/** What holds for every step, so that a new one cannot be forgotten half-way. */
import { expect, it } from "vitest";
import { provisioningSteps, removalSteps } from "../../src/provisioning/steps/order.ts";

const making = provisioningSteps({ hasWorker: false });

it("gives each step of a list a name of its own, by which the journal knows it", () => {
  for (const steps of [making, removalSteps]) {
    const names = steps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

it("runs the same steps whether the platform has a Worker or not", () => {
  const names = (hasWorker: boolean) =>
    provisioningSteps({ hasWorker })
      .map(({ name }) => name)
      .sort();
  expect(names(true)).toEqual(names(false));
});

it.each([...making, ...removalSteps])(
  "step $name says which permission it needs, unless it only looks",
  ({ permissions, isReadOnly }) => {
    expect(permissions.length > 0).toBe(isReadOnly !== true);
  },
);

it.each(making.filter(({ undo }) => undo !== undefined))(
  "removing a platform undoes the step $name",
  ({ undo }) => {
    expect(removalSteps.map(({ apply }) => apply)).toContain(undo?.apply);
  },
);
