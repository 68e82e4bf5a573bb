import {
  beamSearch,
  type Filter,
  type Hypothesis,
  type HistoryFilter,
  type LanguageModel,
  minLength,
  minP,
  noRepeatedRun,
  repetitionPenalty,
  softmax,
  temperature,
  topK,
  topP,
  typical,
} from "@attention-lab/decoders";
import { gather, type Tensor, type Tensor3D, tensor2d } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { type Adapter, golden, hostProgram } from "../adapter.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase, GoldenTensor } from "../golden-case.ts";

const Runs = z.array(
  z.strictObject({
    name: z.string(),
    num_beams: z.number(),
    length_penalty: z.number().default(0),
    early_stopping: z.union([z.boolean(), z.literal("never")]).default(true),
  }),
);

/** Beam search on a model whose logits are a table's row for the last token. Length penalty 0 gives the sum of log-probabilities. */
export const beamSearchAdapter: Adapter = (config, case_) => {
  config.described("vocab", "max_length_counts", "score", "candidates", "early_stopping");
  const runs = Runs.safeParse(config.value("runs"));
  if (!runs.success) throw new NotCovered(`runs: ${runs.error.issues[0]?.message ?? "malformed"}`);
  const stop = [config.number("eos_token_id")];
  const padding = config.number("pad_token_id");
  const maxLength = config.number("max_length");
  const prompt = [...golden(case_, "prompt").values];
  const { model, free } = tableModel(golden(case_, "logits_table"), maxLength);
  return hostProgram(async () => {
    const outputs: Record<string, number[]> = {};
    for (const { name, num_beams: beams, length_penalty: alpha, early_stopping: early } of runs.data) {
      const [found = []] = await beamSearch({
        model,
        prompts: [prompt],
        maxTokens: maxLength - prompt.length,
        beams,
        results: beams,
        stop,
        lengthPenalty: { rule: "power", alpha },
        stopRule: early === "never" ? "hopeless" : early ? "enough" : "heuristic",
      });
      const width = golden(case_, `${name}.sequences`).shape[1] ?? 0;
      outputs[`${name}.sequences`] = found.flatMap((hypothesis) => padded(prompt, hypothesis, width, padding));
      outputs[`${name}.scores`] = found.map(({ score }) => score);
    }
    free();
    return outputs;
  });
};

function padded(prompt: readonly number[], { ids }: Hypothesis, width: number, padding: number): number[] {
  const sequence = [...prompt, ...ids];
  return [...sequence, ...Array<number>(Math.max(0, width - sequence.length)).fill(padding)];
}

function tableModel({ values, shape }: GoldenTensor, maxLength: number): { model: LanguageModel; free: () => void } {
  const [vocabulary = 0] = shape;
  const table = tensor2d(Float32Array.from(values), [vocabulary, vocabulary]);
  const logits: LanguageModel["logits"] = (ids) => gather<Tensor>(table, ids) as Tensor3D;
  return { model: { vocabulary, maxLength, logits }, free: () => table.dispose() };
}

/** Filters by the names of the case's outputs, with the package's handling of ties: top-k and typical keep all, top-p the higher ids. */
export const samplingAdapter: Adapter = (config, case_) => {
  config.described("rows", "vocab", "filtered_value", "top_p_tie_rows", "temperature");
  const outputs = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.role === "output");
  const filters = outputs.map((name) => [name, filterOf(name, config)] as const);
  const rows = rowsOf(case_, "logits");
  const histories = case_.tensors["history"] === undefined ? [] : rowsOf(case_, "history");
  return hostProgram(() =>
    Object.fromEntries(
      filters.map(([name, filter]) => [
        name,
        rows.flatMap((row, i) => Array.from(filter(Float32Array.from(row), Array.from(histories[i] ?? [])))),
      ]),
    ),
  );
};

function filterOf(name: string, config: ConfigReader): (...of: Parameters<HistoryFilter>) => ArrayLike<number> {
  if (name.endsWith(".probabilities")) {
    const filter = filterOf(name.slice(0, -".probabilities".length), config);
    return (logits, ids) => softmax(Float32Array.from(filter(logits, ids)));
  }
  const chain = [...name.matchAll(/([a-z_]+?)_(\d[\d.]*)(?:_|$)/g)].map(([, rule = "", value]) =>
    single(rule, Number(value), config),
  );
  if (chain.length === 0) throw new NotCovered(name);
  return (logits, ids) => chain.reduce((row, filter) => filter(row, ids), logits);
}

function single(rule: string, value: number, config: ConfigReader): Filter | HistoryFilter {
  if (rule === "temperature") return temperature(value);
  if (rule === "top_k") return topK(value, { ties: "all" });
  // The package takes 0 and keeps the likeliest token, as the smallest positive number does here.
  if (rule === "top_p") return topP(Math.max(value, Number.MIN_VALUE), { ties: "last" });
  if (rule === "min_p") return minP(value);
  if (rule === "typical") return typical(value, { ties: "all" });
  if (rule === "repetition_penalty") return repetitionPenalty(value);
  if (rule === "min_length") return minLength(value, [config.number("eos_token_id")]);
  if (rule === "no_repeat_ngram") return noRepeatedRun(value);
  throw new NotCovered(rule);
}

function rowsOf(case_: GoldenCase, name: string): Float64Array[] {
  const { values, shape } = golden(case_, name);
  const [count = 0, width = 0] = shape;
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}
