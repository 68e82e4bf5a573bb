import { memory, setBackend, slice, tensor, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { type Call, MultiHeadAttention, type Site, type StepState } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { rope } from "@attention-lab/position-encodings";
import { carry, normalValues, randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { retention, retNetGammas } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ keyValueHeads: 2, headDim: 6, causal: true, ...changes });

const input = (): never => {
  throw new Error("retention has no use for the layer's input");
};
const callOf = (q: Tensor4D, k: Tensor4D, v: Tensor4D): Call => ({
  q,
  k,
  v,
  input,
  queryOffset: 0,
  training: false,
  step: 0,
});

/** The rotation alone: retention takes no position encoding that may bring a score bias, and the type says so. */
function rotation(site: { heads: number; headDim: number; maxLength: number }) {
  const encoding = rope({ base: 10000, pairing: "interleaved", fraction: 1 });
  const built = encoding.build({ ...site, dModel: site.heads * site.headDim, seed: 1 });
  const rotate = (x: Tensor4D, start: number): Tensor4D => built.rotate?.(x, start) ?? x;
  return { name: "rope", parameters: {}, rotate };
}

/** Rows of a complex vector per position: channels 2c and 2c + 1 are its real and imaginary part. */
type Complex = readonly [re: number, im: number];
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const turn = (angle: number): Complex => [Math.cos(angle), Math.sin(angle)];

describe("with rotary positions", () => {
  const length = 12;
  const { headDim, valueDim, scale } = siteOf();

  // Q = (X W_Q) * Theta and K = (X W_K) * conj(Theta), Theta_n = e^(i n theta): the product is the real part over all planes.
  it("is eq. 5 of the paper with its complex rotation", () => {
    const draw = (seed: number, width: number) => normalValues(seed, 2 * length * width);
    const [q, k, v] = [draw(1, headDim), draw(2, headDim), draw(3, valueDim)];
    const plane = (x: Float32Array, head: number, n: number, c: number): Complex => {
      const start = (head * length + n) * headDim + 2 * c;
      return [x[start] ?? 0, x[start + 1] ?? 0];
    };
    const want = Float64Array.from({ length: 2 * length * valueDim }, (_, index) => {
      const d = index % valueDim;
      const n = Math.floor(index / valueDim) % length;
      const head = Math.floor(index / valueDim / length);
      let total = 0;
      for (let m = 0; m <= n; m++) {
        let product = 0;
        for (let c = 0; c < headDim / 2; c++) {
          const theta = 10000 ** ((-2 * c) / headDim);
          const query = times(plane(q, head, n, c), turn(n * theta));
          const [re, im] = times(plane(k, head, m, c), turn(m * theta));
          product += times(query, [re, -im])[0];
        }
        const gamma = retNetGammas(2)[head] ?? Number.NaN;
        total += scale * gamma ** (n - m) * product * (v[(head * length + m) * valueDim + d] ?? 0);
      }
      return total;
    });
    const { rotate } = rotation({ heads: 2, headDim, maxLength: length });
    const output = scope("rotated", () =>
      retention({ chunk: 5 })
        .build(siteOf())
        .attend(
          callOf(
            rotate(randomNormal(1, [1, 2, length, headDim]) as Tensor4D, 0),
            rotate(randomNormal(2, [1, 2, length, headDim]) as Tensor4D, 0),
            randomNormal(3, [1, 2, length, valueDim]) as Tensor4D,
          ),
        ),
    );
    const got = output.dataSync();
    output.dispose();
    for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5);
  });

  it("decodes in a layer what the layer computes all at once", () => {
    const before = memory().numTensors;
    const mha = new MultiHeadAttention({
      name: "mha",
      attention: retention({ chunk: 5 }),
      dModel: 24,
      heads: 4,
      keyValueHeads: 2,
      causal: true,
      position: rotation({ heads: 4, headDim: 6, maxLength: length }),
      maxLength: length,
      seed: 1,
    });
    const x = randomNormal(7, [2, length, 24]) as Tensor3D;
    const whole = mha.call(x);
    const want = whole.arraySync();
    let state: { memory: StepState; output: Tensor3D } = {
      memory: mha.start(2),
      output: scope("none", () => mha.call(x)),
    };
    for (let n = 0; n < length; n++) {
      state = carry(state, ({ memory: past }) => {
        const next = mha.step(past, slice(x, [0, n, 0], [2, 1, 24]), n);
        return { memory: next.state, output: next.output };
      });
      const got = state.output.arraySync();
      for (const b of [0, 1]) {
        for (let d = 0; d < 24; d++) expect(Math.abs(got[b]![0]![d]! - want[b]![n]![d]!)).toBeLessThan(1e-5);
      }
    }
    const kept = [x, whole, state.output, ...Object.values(state.memory), ...Object.values(mha.parameters())];
    for (const each of kept) each.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe("a call", () => {
  it("away from position 0 is refused", () => {
    scope("refused", () => {
      const x = randomNormal(1, [1, 2, 3, 6]) as Tensor4D;
      const longer = randomNormal(1, [1, 2, 5, 6]) as Tensor4D;
      const mechanism = retention({}).build(siteOf({ valueDim: 6 }));
      expect(() => mechanism.attend({ ...callOf(x, longer, longer), queryOffset: 2 })).toThrow(
        "retention attention: a call starts at position 0 (decode with stepwise), got 2",
      );
    });
  });

  it("keeps a NaN of a query in that query's row", () => {
    const queries = normalValues(1, 5 * 4);
    queries[2 * 4 + 1] = Number.NaN;
    for (const chunk of [2, 8]) {
      const output = scope("nan", () => {
        const q = tensor(queries, [1, 1, 5, 4]) as Tensor4D;
        const site = siteOf({ heads: 1, keyValueHeads: 1, headDim: 4 });
        const draw = (seed: number, width: number) => randomNormal(seed, [1, 1, 5, width]) as Tensor4D;
        return retention({ chunk })
          .build(site)
          .attend(callOf(q, draw(2, 4), draw(3, 3)));
      });
      const got = output.dataSync();
      output.dispose();
      expect(Array.from(got, Number.isNaN)).toEqual(Array.from(got, (_, i) => Math.floor(i / 3) === 2));
    }
  });
});

describe("options", () => {
  it.each([
    [{ chunk: 0 }, "retention attention: chunk must be a positive integer, got 0"],
    [
      { form: "chunkwize" },
      'retention attention: form must be chunkwise or parallel (did you mean "chunkwise"?), got "chunkwize"',
    ],
    [{ gammas: [0.5, 1.2] }, "retention attention: gammas.1 must be above 0 and at most 1, got 1.2"],
    [{ gammas: [0] }, "retention attention: gammas.0 must be above 0 and at most 1, got 0"],
    [{ gamas: [1] }, 'retention attention: options are form, chunk, gammas (did you mean "gammas"?), got "gamas"'],
  ])("refuses %o with one sentence", (raw, sentence) => {
    expect(() => retention.parse(raw)).toThrow(new RangeError(sentence));
  });

  it("reads a config", () => {
    expect(retention.parse({})).toEqual({});
    const options = { form: "parallel", chunk: 64, gammas: [0.5, 1] } as const;
    expect(retention.parse(options)).toEqual(options);
  });

  it("checks options that were not parsed, and decays against the heads of the layer", () => {
    expect(() => retention({ chunk: 1.5 }).build(siteOf())).toThrow(
      "retention attention: chunk must be a positive integer, got 1.5",
    );
    expect(() => retention({ gammas: [0.5] }).build(siteOf())).toThrow(
      "retention attention: gammas must have one number for each of 2 heads, got [0.5]",
    );
  });
});
