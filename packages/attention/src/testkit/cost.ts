import { countVisible } from "@attention-lab/ops";
import { scope } from "@attention-lab/tensors";
import type { Cost, Site } from "../contract.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { release } from "./grid.ts";
import type { Done } from "./options.ts";
import { batch, callOf, causally, inputsFor, sitesOf, type Subject, withBuilt } from "./subject.ts";

/** Declared cost against what was counted: parameters always, operations and bytes where the caller hands in the counters. */
export function costChecks(subject: Subject): Check[] {
  const { options, attention } = subject;
  const lengths = options.costLengths ?? [64, 128];
  return sitesOf(subject).flatMap((base) => {
    const site = { ...base, maxLength: Math.max(base.maxLength, ...lengths) };
    const { count, peakBytes } = options;
    return [
      {
        name: `cost, ${causally(site)}: finite, parameters as built`,
        run: () =>
          withBuilt(subject, site, async ({ parameters }) => {
            const built = Object.values(parameters).reduce((total, { values }) => total + values.length, 0);
            return worst(lengths.map((length) => plausible(declared(subject, site, length), built)));
          }),
      },
      ...(count === undefined
        ? []
        : [
            {
              name: `cost, ${causally(site)}: operations as counted`,
              run: () =>
                measured(subject, site, lengths, async (length, run) => {
                  const done = await count(run);
                  const { flops } = attention.cost(site, { batch, queries: length, keys: length });
                  const most = 2 * done.multiplyAdds;
                  const least = most - 2 * hiddenPairs(subject, site, length, done) * (site.headDim + site.valueDim);
                  const counted = Math.min(most, Math.max(least, flops));
                  return near(`operations at length ${length}`, flops, counted, options.costTolerance?.flops);
                }),
            },
          ]),
      ...(peakBytes === undefined
        ? []
        : [
            {
              name: `cost, ${causally(site)}: peak bytes as allocated`,
              run: () =>
                measured(subject, site, lengths, async (length, run) => {
                  peakBytes.reset();
                  run();
                  const declaredBytes = declared(subject, site, length).peakBytes;
                  return near(
                    `peak bytes at length ${length}`,
                    declaredBytes,
                    peakBytes.read(),
                    options.costTolerance?.peakBytes,
                  );
                }),
            },
          ]),
    ];
  });
}

/** Pairs which the declared pattern hides in the tiles that ran: a kernel may have computed some of them, at the engine's expense. */
function hiddenPairs({ attention }: Subject, site: Site, length: number, { pairs }: Done): number {
  const pattern = attention.pattern?.(site, length);
  if (pattern === undefined || pairs === undefined) return 0;
  const size = { heads: site.heads, queries: length, keys: length, queryOffset: 0 };
  return Math.max(0, pairs - batch * countVisible(pattern, size));
}

function declared({ attention }: Subject, site: Site, length: number): Cost {
  return attention.cost(site, { batch, queries: length, keys: length });
}

function plausible(cost: Cost, built: number): Verdict {
  const wrong = Object.entries(cost).filter(([, value]) => !(Number.isFinite(value) && value >= 0));
  if (wrong.length > 0) return { ok: false, detail: `${wrong.map(([key, value]) => `${key} is ${value}`).join(", ")}` };
  return {
    ok: cost.parameters === built,
    detail: `cost declares ${cost.parameters} parameters, the mechanism has ${built}`,
  };
}

/** Runs the attention at each length, with its inputs ready before the measure begins. */
function measured(
  subject: Subject,
  site: Site,
  lengths: readonly number[],
  measure: (length: number, run: () => void) => Promise<Verdict>,
): Promise<Verdict> {
  return withBuilt(subject, site, async ({ mechanism }) => {
    const verdicts: Verdict[] = [];
    for (const length of lengths) {
      const inputs = inputsFor(site, length);
      const { q, k, v, input } = scope("testkit inputs", () => {
        const made = callOf(inputs);
        return { q: made.q, k: made.k, v: made.v, input: made.input() };
      });
      const call = { q, k, v, input: () => input, queryOffset: 0, training: false, step: 0 };
      verdicts.push(await measure(length, () => scope("testkit cost", () => void mechanism.attend(call))));
      release([q, k, v, input]);
    }
    return worst(verdicts);
  });
}

function near(what: string, declaredValue: number, measuredValue: number, tolerance = 0.25): Verdict {
  const difference = Math.abs(declaredValue - measuredValue);
  const ok = difference <= tolerance * Math.max(declaredValue, measuredValue);
  return { ok, detail: `${what}: declared ${Math.round(declaredValue)}, measured ${Math.round(measuredValue)}` };
}
