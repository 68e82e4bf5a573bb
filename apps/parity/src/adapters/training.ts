import { type Tensor, mul, tensor, variable } from "@tensorflow/tfjs-core";
import {
  adam,
  adamW,
  clipByGlobalNorm,
  crossEntropy,
  globalNorm,
  type LabelSmoothing,
  type MakeOptimizer,
  noam,
  sgd,
  warmupConstant,
  warmupCosine,
  warmupInverseSqrt,
  warmupLinear,
} from "@attention-lab/training";
import { type Adapter, golden, hostProgram, program } from "../adapter.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";

const outputNames = ({ tensors }: GoldenCase) =>
  Object.keys(tensors).filter((name) => tensors[name]?.role === "output");

export const scheduleAdapter: Adapter = (config, case_) => {
  if (config.has("settings")) {
    const settings = config.value("settings") as { model_size: number; warmup: number }[];
    config.described("formula");
    config.expect("first_step", (step) => step === 1);
    return hostProgram(() =>
      Object.fromEntries(
        settings.map(({ model_size: dModel, warmup }) => {
          const name = `d${dModel}_warmup${warmup}`;
          const rate = noam({ dModel, warmup });
          return [name, golden(case_, name).values.map((_, i) => rate(i + 1))];
        }),
      ),
    );
  }
  const [base, warmup, total] = [config.number("base_lr"), config.number("warmup_steps"), config.number("total_steps")];
  const timescale = config.number("timescale");
  config.described("index");
  const schedules: Record<string, (step: number) => number> = {
    constant: warmupConstant({ base, warmup }),
    linear: warmupLinear({ base, warmup, total }),
    cosine: warmupCosine({ base, warmup, total }),
    inverse_sqrt: warmupInverseSqrt({ base, warmup, timescale }),
  };
  const missing = outputNames(case_).find((name) => schedules[name] === undefined);
  if (missing !== undefined) throw new NotCovered(`schedule ${missing}`);
  return hostProgram(() =>
    Object.fromEntries(
      outputNames(case_).map((name) => [
        name,
        golden(case_, name).values.map((_, n) => schedules[name]?.(n) ?? Number.NaN),
      ]),
    ),
  );
};

export const clippingAdapter: Adapter = (config, case_) => {
  const norms = config.value("max_norms") as number[];
  config.described("convention");
  const names = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.role === "input");
  return hostProgram(async () => {
    const gradients = names.map((name) =>
      tensor(Float32Array.from(golden(case_, name).values), [...golden(case_, name).shape]),
    );
    const results: Record<string, ArrayLike<number>> = { norm: await globalNorm(gradients).data() };
    for (const limit of norms) {
      for (const [i, clipped] of clipByGlobalNorm(gradients, limit).entries()) {
        const name = `${Number.isInteger(limit) ? limit.toFixed(1) : limit}`;
        results[`clipped_${name}.${names[i]}`] = await clipped.data();
      }
    }
    return results;
  });
};

/** Replays the package's own gradients, so that the optimiser alone is compared. */
export const optimizerAdapter: Adapter = (config, case_) => {
  const [steps, learningRate] = [config.number("steps"), config.number("lr")];
  config.described("problem", "clip_global_norm", "clip_convention");
  const optimizer = optimizerOf(config);
  const width = golden(case_, "w0").values.length;
  return hostProgram(async () => {
    const gradients = golden(case_, "gradient_used").values;
    // Rank 2, since decay leaves vectors alone.
    const w = variable(tensor(Float32Array.from(golden(case_, "w0").values), [1, width]));
    const made = optimizer([w]);
    const trajectory = [...(await w.data())];
    for (let step = 0; step < steps; step++) {
      const gradient = Float32Array.from(gradients.slice(step * width, (step + 1) * width));
      made.update([tensor(gradient, [1, width])], learningRate);
      trajectory.push(...(await w.data()));
    }
    return { w: trajectory };
  }, ["loss", "gradient_used", "gradient_norm"]);
};

function optimizerOf(config: ConfigReader): MakeOptimizer {
  const name = config.text("optimizer");
  const weightDecay = config.number("weight_decay");
  if (name === "SGD") {
    config.described("convention");
    return sgd({ momentum: config.number("momentum"), nesterov: config.flag("nesterov"), weightDecay });
  }
  if (name !== "Adam" && name !== "AdamW") throw new NotCovered(`optimizer = ${name}`);
  if (config.flag("amsgrad")) throw new NotCovered("amsgrad");
  const [beta1, beta2] = config.value("betas") as [number, number];
  const options = { beta1, beta2, epsilon: config.number("eps"), weightDecay };
  config.described("eps_place");
  return config.text("weight_decay_kind")?.startsWith("decoupled") ? adamW(options) : adam(options);
}

export const crossEntropyAdapter: Adapter = (config, case_) => {
  const fairseq = config.has("epsilon");
  const smoothing: LabelSmoothing = fairseq
    ? { amount: config.number("epsilon"), over: "others" }
    : { amount: config.number("label_smoothing"), over: "all" };
  config.expect("reduction", (reduction) => reduction === "mean" || reduction === "sum");
  const summed = config.text("reduction") === "sum";
  const padding = fairseq ? "pad" : "ignore_index";
  const ignored = config.has(padding) ? config.number(padding) : -1;
  config.described("n", "classes", "target_distribution", "mean_over");
  const labels = Int32Array.from(golden(case_, "target").values, (label) => (label === ignored ? -1 : label));
  const counted = labels.filter((label) => label >= 0).length;
  return program((inputs) => {
    const logits = inputs["logits"] as Tensor;
    const of = (chosen?: LabelSmoothing): Tensor => {
      const mean = crossEntropy(logits, tensor(labels, [labels.length], "int32"), chosen);
      return summed ? mul(mean, counted) : mean;
    };
    return { loss: of(smoothing), ...(fairseq ? { nll: of() } : {}) };
  });
};
