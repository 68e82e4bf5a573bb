/**
 * Every fused kernel for the stock cpu backend, made of the float64 loops: forward by definition, backward by central differences. With them
 * registered, the ops take their kernel path, so tests see whether inputs, attributes and outputs arrive in their places.
 */
import { registerKernel, tensor, unregisterKernel, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import { philox4x32 } from "@attention-lab/tensors";
import { differences, type Reference } from "../../tensors/test/check-operation.ts";
import type { KernelAttributes, KernelInputs, KernelName } from "../src/index.ts";
import * as features from "./random-features-reference.ts";
import * as reference from "./references.ts";
import { callOutputs, callScores, type CallSetting } from "./weight-reference.ts";

/** Inputs are tensors here: the engine hands over the objects that the op passed. */
const tensorOf = (info: TensorInfo): Tensor => info as Tensor;
const read = (info: TensorInfo): Float64Array => Float64Array.from(tensorOf(info).dataSync());
const write = (values: ArrayLike<number>, shape: readonly number[]): TensorInfo =>
  tensor(Float32Array.from(values), [...shape], "float32");

/** Gradients of sum(dy * f(inputs)) by every input. */
function backward(f: Reference, inputs: readonly TensorInfo[], dy: TensorInfo): TensorInfo[] {
  const values = inputs.map(read);
  return inputs.map((input, which) => write(differences(f, values, which, read(dy)), input.shape));
}

type Kernel<K extends KernelName> = (inputs: KernelInputs<K>, attrs: KernelAttributes<K>) => TensorInfo | TensorInfo[];

function shapeOf({ q, k, v }: { q: TensorInfo; k: TensorInfo; v: TensorInfo }): reference.AttentionShape {
  const [batch = 0, heads = 0, queries = 0, width = 0] = q.shape;
  return {
    batch,
    heads,
    queries,
    width,
    keyHeads: k.shape[1] ?? 0,
    keys: k.shape[2] ?? 0,
    valueWidth: v.shape[3] ?? 0,
  };
}

function settingOf(inputs: KernelInputs<"PatternAttention">, attrs: KernelAttributes<"PatternAttention">): CallSetting {
  return { ...attrs, keyPadding: inputs.keyPadding && Array.from(read(inputs.keyPadding)) };
}

/** The optional differentiated inputs: as tensors in order, as values, and how values in order are named. */
function optionalOf({ bias, offsetScores }: KernelInputs<"PatternAttention">) {
  const named = (values: readonly Float64Array[]) => ({
    bias: bias === undefined ? undefined : values[0],
    offsetScores: offsetScores === undefined ? undefined : values.at(-1),
  });
  const given = [bias, offsetScores].filter((x) => x !== undefined);
  return { given, named, optional: named(given.map(read)) };
}

const outShape = (q: TensorInfo, v: TensorInfo): number[] => [...q.shape.slice(0, 3), v.shape[3] ?? 0];

const kernels: { readonly [K in KernelName]: Kernel<K> } = {
  PatternAttention(inputs, attrs) {
    const { q, k, v } = inputs;
    const [shape, setting] = [shapeOf(inputs), settingOf(inputs, attrs)];
    const { optional } = optionalOf(inputs);
    const scores = callScores(shape, setting, read(q), read(k), optional);
    const { out, sums } = callOutputs(shape, setting, [q, k, v].map(read), optional);
    const rows = q.shape.slice(0, 3);
    const both = [write(out, outShape(q, v)), write(reference.rowLogSumExp(scores, shape.keys), rows)];
    return attrs.offsetSums === true ? [...both, write(sums, [...rows, 2 * (attrs.clip ?? 0) + 1])] : both;
  },
  PatternAttentionGrad(inputs, attrs) {
    const { q, k, v, dOut, dOffsetSums } = inputs;
    const [shape, setting] = [shapeOf(inputs), settingOf(inputs, attrs)];
    if ((attrs.offsetSums === true) !== (dOffsetSums !== undefined))
      throw new Error("dOffsetSums come exactly with sums");
    const { given, named } = optionalOf(inputs);
    const f: Reference = (...[a, b, c, ...rest]) => {
      const { out, sums } = callOutputs(shape, setting, [a!, b!, c!], named(rest));
      return dOffsetSums === undefined ? out : [...out, ...sums];
    };
    const dy = [...read(dOut), ...(dOffsetSums === undefined ? [] : read(dOffsetSums))];
    return backward(f, [q, k, v, ...given], write(dy, [dy.length]));
  },
  FeatureAttention({ qf, kf, v }, { causal, epsilon }) {
    const shape = shapeOf({ q: qf, k: kf, v });
    const { denominators } = reference.featureRows(shape, causal, epsilon, read(qf), read(kf));
    const out = reference.featureAttention(shape, causal, epsilon, read(qf), read(kf), read(v));
    return [write(out, outShape(qf, v)), write(denominators, qf.shape.slice(0, 3))];
  },
  FeatureAttentionGrad({ qf, kf, v, dOut }, { causal, epsilon }) {
    const shape = shapeOf({ q: qf, k: kf, v });
    return backward(
      (...[a, b, c]) => reference.featureAttention(shape, causal, epsilon, a!, b!, c!),
      [qf, kf, v],
      dOut,
    );
  },
  RandomFeatures: (inputs, attrs) => {
    const { x, projection } = inputs;
    const columns = (attrs.map === "trigonometric" ? 2 : 1) * (projection.shape[0] ?? 0);
    const values = features.randomFeatures(featureSetting(inputs, attrs), read(x), read(projection));
    return write(values, [...x.shape.slice(0, 3), columns]);
  },
  RandomFeaturesGrad: (inputs, attrs) => {
    const { x, projection, dy } = inputs;
    const setting = featureSetting(inputs, attrs);
    const w = read(projection);
    const bounds = features.boundsOf(setting, read(x), w);
    return backward((a) => features.randomFeatures(setting, a!, w, bounds), [x], dy)[0] ?? x;
  },
  EluPlusOne: ({ x }) => write(read(x).map(eluPlusOne), x.shape),
  EluPlusOneGrad({ y, dy }) {
    const slopes = read(y).map((value) => Math.min(value, 1));
    return write(
      read(dy).map((value, i) => value * (slopes[i] ?? NaN)),
      dy.shape,
    );
  },
  FusedLinear({ x, w, b, residual }, { activation }) {
    const [inputs = 0, outputs = 0] = w.shape;
    const shape = [...x.shape.slice(0, -1), outputs];
    const pre = reference.affine(inputs, outputs, read(x), read(w), b && read(b));
    if (activation !== undefined) return [write(pre.map(reference.activations[activation]), shape), write(pre, shape)];
    const added = residual === undefined ? undefined : read(residual);
    return [
      write(
        pre.map((value, index) => value + (added?.[index] ?? 0)),
        shape,
      ),
    ];
  },
  FusedLinearGrad({ x, w, pre, dy }, { activation, hasBias }) {
    const [inputs = 0, outputs = 0] = w.shape;
    if ((pre === undefined) !== (activation === undefined)) throw new Error("pre comes exactly with an activation");
    // The bias is not among the inputs: its gradient is that of adding zeros to what the activation saw.
    const act = activation === undefined ? (value: number): number => value : reference.activations[activation];
    const through = pre === undefined ? read(dy) : differences((p) => Array.from(p!, act), [read(pre)], 0, read(dy));
    const dPre = write(through, dy.shape);
    const f: Reference = (...[a, b, c]) => reference.affine(inputs, outputs, a!, b!, c);
    return backward(f, hasBias ? [x, w, write(new Float32Array(outputs), [outputs])] : [x, w], dPre);
  },
  FusedLayerNorm({ x, gamma, beta }, { epsilon }) {
    const width = gamma.shape[0] ?? 0;
    const rows = reference.rowStatistics(read(x), width, epsilon);
    const statistics = write(
      rows.flatMap(({ mean, scale }) => [mean, scale]),
      [rows.length, 2],
    );
    return [write(reference.layerNorm(width, epsilon, read(x), read(gamma), read(beta)), x.shape), statistics];
  },
  FusedLayerNormGrad({ x, gamma, statistics, dy }) {
    const width = gamma.shape[0] ?? 0;
    const scale = read(statistics)[1] ?? NaN;
    const values = read(x).subarray(0, width);
    const mean = values.reduce((a, b) => a + b, 0) / width;
    const epsilon = scale ** -2 - values.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
    const f: Reference = (...[a, b, c]) => reference.layerNorm(width, epsilon, a!, b!, c!);
    return backward(f, [x, gamma, write(new Float32Array(width), [width])], dy);
  },
  Gelu: ({ x }, { form }) => write(Array.from(read(x), geluOf(form)), x.shape),
  GeluGrad: ({ x, dy }, { form }) => backward((a) => Array.from(a!, geluOf(form)), [x], dy)[0] ?? x,
  SoftmaxCrossEntropy({ logits, labels }) {
    const loss = reference.crossEntropy(read(logits), Array.from(read(labels)));
    const logSumExp = reference.rowLogSumExp(read(logits), logits.shape[1] ?? 0);
    return [write([loss], []), write(logSumExp, labels.shape)];
  },
  SoftmaxCrossEntropyGrad({ logits, labels, dLoss }) {
    return backward((x) => [reference.crossEntropy(x!, Array.from(read(labels)))], [logits], dLoss)[0] ?? logits;
  },
  CounterDropout({ x }, { rate, key, counter }) {
    const kept = Array.from(read(x), (value, i) => {
      const word = philox4x32([Math.floor(i / 4), 0, ...counter], key)[i % 4] ?? NaN;
      return word >= rate * 2 ** 32 ? value / (1 - rate) : 0;
    });
    return write(kept, x.shape);
  },
  AdamUpdate({ variable, gradient, m, v }, { step, learningRate, beta1, beta2, epsilon, weightDecay, decay }) {
    for (const [p, value] of variable.entries()) {
      const [g, first, second] = [read(gradient[p]!), m[p]!, v[p]!];
      const mean = read(first).map((old, i) => beta1 * old + (1 - beta1) * g[i]!);
      const square = read(second).map((old, i) => beta2 * old + (1 - beta2) * g[i]! ** 2);
      const next = read(value).map((old, i) => {
        const move = mean[i]! / (1 - beta1 ** step) / (Math.sqrt(square[i]! / (1 - beta2 ** step)) + epsilon);
        return old - learningRate * ((decay[p] ? weightDecay : 0) * old + move);
      });
      first.assign(write(mean, first.shape) as Tensor);
      second.assign(write(square, second.shape) as Tensor);
      value.assign(write(next, value.shape) as Tensor);
    }
    return [];
  },
};

const eluPlusOne = (x: number): number => (x > 0 ? x + 1 : Math.exp(x));

function featureSetting(
  { x, projection, keyPadding }: KernelInputs<"RandomFeatures">,
  attrs: KernelAttributes<"RandomFeatures">,
): features.RandomFeatureSetting {
  const padding = keyPadding === undefined ? {} : { keyPadding: read(keyPadding) };
  return { ...attrs, shape: x.shape, directions: projection.shape[0] ?? 0, ...padding };
}

const geluOf = (form: "erf" | "tanh"): ((x: number) => number) =>
  form === "erf" ? reference.activations.geluErf : reference.activations.geluTanh;

const names = Object.keys(kernels) as KernelName[];
/** How often each kernel ran since it was registered: a test of the kernel path must show that it took it. */
export const calls = new Map<KernelName, number>();

export function registerReferenceKernels(): void {
  for (const kernelName of names) {
    calls.set(kernelName, 0);
    const kernel = kernels[kernelName] as (inputs: unknown, attrs: unknown) => TensorInfo | TensorInfo[];
    registerKernel({
      kernelName,
      backendName: "cpu",
      kernelFunc({ inputs, attrs }) {
        calls.set(kernelName, (calls.get(kernelName) ?? 0) + 1);
        if (Object.values(inputs).includes(undefined as unknown as TensorInfo))
          throw new Error(`${kernelName} got undefined`);
        return kernel(inputs, attrs);
      },
    });
  }
}

export function unregisterReferenceKernels(): void {
  for (const kernelName of names) unregisterKernel(kernelName, "cpu");
}
