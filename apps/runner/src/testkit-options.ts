import type { Attention } from "@attention-lab/attention";
import type { Oracle, TestkitOptions } from "@attention-lab/attention/testkit";

type Options = Readonly<Record<string, unknown>>;

/**
 * What a module says about how it is to be checked: `oracle`, a function from options to an oracle, and `testkit`, options of `testAttention`. Without
 * an oracle a declared pattern is one; where there is neither, the variant is held against itself alone.
 */
export function testkitOptions(name: string, attention: Attention, exports: Options, options: Options): TestkitOptions {
  const { oracle, testkit } = exports;
  if (oracle !== undefined && typeof oracle !== "function") {
    throw new RangeError(
      `variant ${name}: the export "oracle" must be a function (options) => oracle, got ${typeof oracle}`,
    );
  }
  if (testkit !== undefined && (typeof testkit !== "object" || testkit === null)) {
    throw new RangeError(
      `variant ${name}: the export "testkit" must be an object of testkit options, got ${typeof testkit}`,
    );
  }
  const made = oracle === undefined ? undefined : (oracle as (options: Options) => Oracle)(options);
  const fallback = attention.pattern === undefined ? ({ oracle: "none" } as const) : {};
  return { ...(made === undefined ? fallback : { oracle: made }), ...testkit };
}
