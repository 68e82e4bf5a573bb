import { describe, expect, it } from "vitest";
import type { Engine, GemmCall } from "../src/index.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

type Options = Omit<GemmCall, "a" | "b" | "c" | "bias" | "residual" | "pre"> & { bias?: true; residual?: true };
const cases: Options[] = [
  { m: 1, n: 1, k: 1 },
  { m: 5, n: 3, k: 2, batch: 3 },
  { m: 64, n: 64, k: 64 },
  { m: 100, n: 77, k: 301, batch: 2 },
  { m: 100, n: 77, k: 301, batch: 2, transposeA: true, accumulate: true },
  { m: 99, n: 77, k: 301, batch: 2, transposeB: true, sharedB: true },
  { m: 40, n: 50, k: 60, batch: 3, sharedA: true },
  { m: 150, n: 130, k: 390, transposeA: true, transposeB: true },
  { m: 140, n: 400, k: 257, transposeA: true },
  { m: 1, n: 500, k: 400, transposeB: true, accumulate: true },
  { m: 130, n: 64, k: 96, bias: true },
  { m: 33, n: 130, k: 20, bias: true, residual: true, batch: 2 },
  { m: 70, n: 90, k: 30, bias: true, activation: "geluErf" },
  { m: 70, n: 90, k: 30, bias: true, residual: true, activation: "geluTanh" },
  { m: 17, n: 19, k: 23, activation: "relu" },
];

/** erf by its series, exact to float64 for the small arguments here. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * sum;
}
const activate = {
  geluErf: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x: number) => Math.max(0, x),
};

function makeCall(o: Options): GemmCall {
  const { m, n, k, batch = 1 } = o;
  const { bias, residual, ...rest } = o;
  return {
    ...rest,
    a: randomArray(1, (o.sharedA === true ? 1 : batch) * m * k),
    b: randomArray(2, (o.sharedB === true ? 1 : batch) * k * n),
    c: o.accumulate === true ? randomArray(3, batch * m * n) : unwritten(batch * m * n),
    ...(bias === true ? { bias: randomArray(4, n) } : {}),
    ...(residual === true ? { residual: randomArray(5, batch * m * n) } : {}),
    ...(o.activation === undefined ? {} : { pre: unwritten(batch * m * n) }),
  };
}

function reference(g: GemmCall): { pre: Float64Array; c: Float64Array } {
  const { m, n, k, batch = 1 } = g;
  const pre = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const at = (z * m + i) * n + j;
        let sum = (g.accumulate === true ? g.c[at]! : 0) + (g.bias?.[j] ?? 0) + (g.residual?.[at] ?? 0);
        const aAt = g.sharedA === true ? 0 : z * m * k;
        const bAt = g.sharedB === true ? 0 : z * k * n;
        for (let x = 0; x < k; x++) {
          const left = g.a[aAt + (g.transposeA === true ? x * m + i : i * k + x)]!;
          sum += left * g.b[bAt + (g.transposeB === true ? j * k + x : x * n + j)]!;
        }
        pre[at] = sum;
      }
  const { activation } = g;
  return { pre, c: activation === undefined ? pre : pre.map((x) => activate[activation](x)) };
}

const answers = new Map<Options, ReturnType<typeof reference>>();

function runOn(engine: Engine, o: Options): GemmCall {
  const call = makeCall(o);
  engine.gemm(call);
  return call;
}

describe.each(engines)("matrix product on $label", ({ load }) => {
  it.each(cases)("%o equals float64", async (o) => {
    const wanted = answers.get(o) ?? reference(makeCall(o));
    answers.set(o, wanted);
    const got = runOn(await load(), o);
    expect(relativeError(got.c, wanted.c)).toBeLessThan(3e-6);
    if (got.pre !== undefined) expect(relativeError(got.pre, wanted.pre)).toBeLessThan(3e-6);
  });

  it("gives the same bits for 1, 2 and 4 threads", async () => {
    for (const o of [cases[7], cases[8], cases[3]] as Options[]) {
      const one = runOn(await load(1), o);
      for (const threads of [2, 4]) expect(sameBits(runOn(await load(threads), o).c, one.c)).toBe(true);
    }
  });
});
