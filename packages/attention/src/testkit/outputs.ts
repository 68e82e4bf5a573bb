import type { Check, Verdict } from "./finding.ts";
import { worst } from "./finding.ts";
import { compare } from "./grid.ts";
import { sound } from "./soundness.ts";
import { attend, causally, inputsFor, oracleCall, sitesOf, type Subject, withBuilt } from "./subject.ts";

/** Equality with the oracle, or without one soundness: ragged lengths, grouped heads, other scales, cross-attention, global tokens. */
export function outputChecks(subject: Subject): Check[] {
  const { attention, site, options } = subject;
  const { supports } = attention;
  const checks: Check[] = [];
  for (const each of sitesOf(subject)) {
    for (const length of raggedLengths(subject)) {
      checks.push(equality(subject, `outputs, ${causally(each)}, length ${length}`, each, length));
    }
    checks.push(
      equality(
        subject,
        `outputs, ${causally(each)}, scale 0.8 of the default`,
        { ...each, scale: 0.8 * each.scale },
        7,
      ),
    );
  }
  if (supports.groupedQuery === true) {
    for (const keyValueHeads of [2, 1]) {
      for (const each of sitesOf(subject)) {
        const name = `outputs, ${causally(each)}, 4 heads over ${keyValueHeads} key-value heads`;
        checks.push(equality(subject, name, { ...each, heads: 4, keyValueHeads }, 7));
      }
    }
  }
  if (supports.crossAttention === true) {
    checks.push(equality(subject, "outputs, 5 queries over 8 keys", site, 5, 8));
    checks.push(equality(subject, "outputs, 8 queries over 5 keys", site, 8, 5));
  }
  if (options.globals !== undefined) checks.push(globalTokens(subject, options.globals));
  return checks;
}

function raggedLengths({ attention, site, options }: Subject): number[] {
  const width = options.width ?? attention.pattern?.(site, site.maxLength).window?.before ?? 4;
  const lengths = [1, 2, 3, 5, 7, 11, 13, 17, width - 1, width, width + 1];
  const allowed = lengths.filter((length) => length >= 1 && length <= site.maxLength);
  if (attention.supports.anyLength === true) allowed.push(site.maxLength + 3);
  return [...new Set(allowed)].toSorted((a, b) => a - b);
}

function equality(subject: Subject, name: string, site: Subject["site"], queries: number, keys = queries): Check {
  return {
    name,
    run: () =>
      withBuilt(subject, site, async (built) => {
        const inputs = inputsFor(site, queries, keys, queries);
        const { oracle, output } = subject;
        if (oracle === undefined) return sound(built, inputs, output);
        return compare("output", await attend(built, inputs), oracle(oracleCall(built, inputs)), output);
      }),
  };
}

function globalTokens(subject: Subject, globals: readonly (readonly number[])[]): Check {
  const { site, oracle, output } = subject;
  return {
    name: "outputs, not causal, with global tokens",
    run: () =>
      withBuilt(subject, site, async (built) => {
        const verdicts: Verdict[] = [];
        for (const length of [13, site.maxLength - 1]) {
          const inputs = { ...inputsFor(site, length), globals };
          if (oracle === undefined) verdicts.push(await sound(built, inputs, output));
          else verdicts.push(compare("output", await attend(built, inputs), oracle(oracleCall(built, inputs)), output));
        }
        return worst(verdicts);
      }),
  };
}
