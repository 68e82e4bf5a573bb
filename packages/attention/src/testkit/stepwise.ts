import { memory, type Tensor4D } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";
import type { StepState } from "../contract.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { compare, read, release, sliceGrid, toTensor } from "./grid.ts";
import { attend, batch, inputsFor, type Subject, withBuilt } from "./subject.ts";

const length = 11;

/** Decoding position by position gives what the full form gives, in the bytes of state that `cost` declares. */
export function stepwiseChecks(subject: Subject): Check[] {
  const { attention, output } = subject;
  if (attention.supports.stepwise !== true) return [];
  const site = { ...subject.site, causal: attention.supports.causal === true };
  const grouped = attention.supports.groupedQuery === true ? [{ ...site, heads: 4, keyValueHeads: 2 }] : [];
  return [site, ...grouped].map((each) => ({
    name: `stepwise equals the full form, ${each.heads} heads over ${each.keyValueHeads}`,
    run: () =>
      withBuilt(subject, each, async ({ mechanism, ...built }) => {
        const { stepwise } = mechanism;
        if (stepwise === undefined) return { ok: false, detail: "stepwise is declared but the mechanism offers none" };
        const inputs = inputsFor(each, length);
        const full = await attend({ ...built, mechanism }, inputs);
        const verdicts: Verdict[] = [];
        const before = memory().numTensors;
        let state = scope("testkit start", () => stepwise.start(batch));
        for (let position = 0; position < length; position++) {
          const { row, following } = await one(stepwise, state, inputs, position);
          verdicts.push(compare(`output ${position}`, row, sliceGrid(full, 2, position, 1), output));
          release(leftBehind(state, following));
          state = following;
        }
        verdicts.push(declaredBytes(subject, each, state));
        release(Object.values(state));
        const gained = memory().numTensors - before;
        verdicts.push({ ok: gained === 0, detail: `${gained} tensors are left after ${length} steps` });
        return worst(verdicts);
      }),
  }));
}

type Steps = NonNullable<ReturnType<Subject["attention"]["build"]>["stepwise"]>;

async function one(stepwise: Steps, state: StepState, inputs: ReturnType<typeof inputsFor>, position: number) {
  const next = scope("testkit step", () => {
    const row = (name: "q" | "k" | "v") => toTensor(sliceGrid(inputs[name], 2, position, 1)) as Tensor4D;
    const { output, state: following } = stepwise.step(state, { q: row("q"), k: row("k"), v: row("v"), position });
    return { output, following: { ...following } };
  });
  const [row] = await read("testkit step output", () => [next.output]);
  if (row === undefined) throw new Error("testkit: step must return an output, got nothing");
  return { row, following: next.following };
}

/** Tensors of the old state which the new one does not hold. */
function leftBehind(state: StepState, following: StepState) {
  const kept = new Set(Object.values(following).map(({ id }) => id));
  return Object.values(state).filter(({ id }) => !kept.has(id));
}

function declaredBytes({ attention }: Subject, site: Subject["site"], state: StepState): Verdict {
  const bytes = Object.values(state).reduce((total, { size }) => total + 4 * size, 0);
  const declared = attention.cost(site, { batch, queries: length, keys: length }).stateBytes;
  return { ok: bytes === declared, detail: `the state holds ${bytes} bytes, cost declares ${declared}` };
}
