/** Pattern attention by the backend's kernel, with the gradient that belongs to it. */
import { add, matMul, mul, reshape, transpose, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { project, withGradient } from "@attention-lab/tensors";
import type { AttentionInputs, AttentionOptions } from "./attention-call.ts";
import { runFused } from "./fused-kernel.ts";
import type { PatternAttentionAttributes } from "./attention-kernels.ts";
import { relativeOutput, relativeScores } from "./relative-terms.ts";
import { weightDropout } from "./weight-dropout.ts";

/** What the gradient needs: inputs and outputs of the kernel, and the tables of relative terms. */
interface Kept {
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
  readonly keyPadding?: Tensor2D;
  readonly bias?: Tensor2D;
  readonly offsetScores?: Tensor4D;
  readonly out: Tensor4D;
  readonly logSumExp: Tensor;
  readonly offsetSums?: Tensor4D;
  readonly relativeKeys?: Tensor2D;
  readonly relativeValues?: Tensor2D;
}

/**
 * Relative terms need no matrix of their own: the kernel adds the products of queries with the key vectors by offset, and returns the
 * weights summed by offset, which the value vectors are then multiplied with.
 */
export function fusedAttention(inputs: AttentionInputs, options: AttentionOptions): Tensor4D {
  const { q, k, v, keyPadding, bias, relative } = inputs;
  const attrs = attributesOf(options, relative);
  const differentiated = defined({ q, k, v, bias, keys: relative?.keys, values: relative?.values });
  return withGradient<Tensor4D>(Object.values<Tensor>(differentiated), (save) => {
    const offsetScores = relative && relativeScores(q, relative, options.scale); // [B,H,N,2 clip + 1]
    const call = defined({ q, k, v, keyPadding, bias, offsetScores });
    const outputs = runFused("PatternAttention", call, attrs);
    const [out, logSumExp, offsetSums] = outputs as [Tensor4D, Tensor, Tensor4D | undefined];
    const tables = { relativeKeys: relative?.keys, relativeValues: relative?.values };
    const kept: Kept = defined({ ...call, out, logSumExp, offsetSums, ...tables });
    save(Object.values(kept));
    const names = Object.keys(kept);
    const values = relative?.values;
    return {
      value: values === undefined || offsetSums === undefined ? out : relativeOutput(out, offsetSums, values),
      gradient: (dOut, saved) => {
        const again = Object.fromEntries(names.map((name, i) => [name, saved[i]])) as unknown as Kept;
        return gradients(again, dOut, attrs);
      },
    };
  });
}

function attributesOf(options: AttentionOptions, relative: AttentionInputs["relative"]): PatternAttentionAttributes {
  const { pattern, scale, queryOffset, globals } = options;
  const dropout = weightDropout(options.dropout);
  const clipped = { clip: relative?.clip, offsetSums: relative?.values && true };
  return defined({ pattern, scale, queryOffset, globals, dropout, ...clipped }) as PatternAttentionAttributes;
}

/** One gradient for each differentiated input, in order. */
function gradients(kept: Kept, dOut: Tensor4D, attrs: PatternAttentionAttributes): Tensor[] {
  const { relativeKeys, relativeValues, ...call } = kept;
  const { q, offsetSums } = call;
  const dOffsetSums = relativeValues && project(dOut, transpose(relativeValues));
  const answers = runFused("PatternAttentionGrad", defined({ ...call, dOut, dOffsetSums }), attrs);
  if (relativeKeys === undefined) return answers;
  const dScores = answers.at(-1) as Tensor4D;
  const [dq, ...others] = answers.slice(0, -1) as [Tensor4D, ...Tensor[]];
  const throughScores = mul(project(dScores, relativeKeys), attrs.scale);
  const dKeys = mul(overRows(dScores, q), attrs.scale);
  const dValues = offsetSums === undefined ? [] : [overRows(offsetSums, dOut)];
  return [add<Tensor>(dq, throughScores), ...others, dKeys, ...dValues];
}

/** a^T b over all rows of [B,H,N,X] and [B,H,N,Y] -> [X,Y]. */
function overRows(a: Tensor4D, b: Tensor4D): Tensor {
  return matMul(reshape(a, [-1, a.shape[3]]), reshape(b, [-1, b.shape[3]]), true);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Kernels see absent keys, never undefined values. */
function defined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;
}
