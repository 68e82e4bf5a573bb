import type { Attention } from "../contract.ts";
import { causalityChecks } from "./causality.ts";
import { costChecks } from "./cost.ts";
import { extraChecks } from "./extras.ts";
import { type Finding, perform } from "./finding.ts";
import { gradientChecks } from "./gradients.ts";
import { leakChecks } from "./leaks.ts";
import type { TestkitOptions } from "./options.ts";
import { outputChecks } from "./outputs.ts";
import { paddingChecks } from "./padding.ts";
import { refusalChecks } from "./refusals.ts";
import { stepwiseChecks } from "./stepwise.ts";
import { subjectOf } from "./subject.ts";

/**
 * Holds a variant against its own declarations and returns what it found. Nothing is asserted and no test framework is needed,
 * so that a test, a command or a page can show the findings. Runs on the current backend; a check that throws is a failed finding.
 *
 * @example
 * const findings = await testAttention(longformer({ before: 2, after: 2 }), { width: 2 });
 * expect(findings.filter(({ ok }) => !ok)).toEqual([]);
 */
export async function testAttention(attention: Attention, options: TestkitOptions = {}): Promise<Finding[]> {
  const subject = subjectOf(attention, options);
  const checks = [
    ...outputChecks(subject),
    ...gradientChecks(subject),
    ...causalityChecks(subject),
    ...paddingChecks(subject),
    ...stepwiseChecks(subject),
    ...extraChecks(subject),
    ...leakChecks(subject),
    ...costChecks(subject),
    ...refusalChecks(subject),
  ];
  const { only } = options;
  return perform(only === undefined ? checks : checks.filter(({ name }) => only.test(name)));
}
