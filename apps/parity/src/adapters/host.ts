import { type Adapter, golden, hostProgram } from "../adapter.ts";
import { fitPowerLaw, type PowerLaw, standardErrors } from "@attention-lab/results";
import { type HistoryFilter, minLength, noRepeatedRun, repetitionPenalty } from "@attention-lab/decoders";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenTensor } from "../golden-case.ts";

/** L = E + A N^-alpha: our power law with a negative exponent. */
export const scalingLawAdapter: Adapter = (config, case_) => {
  config.expect("model", (model) => model === "L(N) = E + A * N^(-alpha)");
  config.described("points", "true_parameters", "noise", "N_range", "E_at_zero", "huber");
  const sizes = golden(case_, "N").values;
  const points = [...golden(case_, "L").values].map((y, i) => ({ x: sizes[i] as number, y }));
  const law = ({ constant, coefficient, exponent }: PowerLaw) => [constant, coefficient, -exponent];
  return hostProgram(() => {
    const linear = fitPowerLaw(points, { constant: "nonnegative", space: "linear" });
    const log = fitPowerLaw(points, { constant: "nonnegative", space: "log" });
    const huber = fitPowerLaw(points, { constant: "nonnegative", space: "log", huber: 1e-3 });
    const pure = fitPowerLaw(points, { constant: "none", space: "log" });
    const errors = standardErrors(points, linear);
    return {
      fit_linear: law(linear),
      fit_linear_std: [errors.constant, errors.coefficient, errors.exponent],
      fit_linear_sse: [linear.objective],
      fit_log: law(log),
      fit_log_sse: [log.objective],
      fit_log_huber: law(huber),
      fit_pure_power: law(pure).slice(1),
    };
  });
};

/**
 * Filters that look at the history. Our top-k and top-p break ties by the lower id where the package keeps every tied token, and typical
 * sampling is not built, so the other filters' case is not compared here (the decoders' own tests compare its rows without ties).
 */
export const samplingAdapter: Adapter = (config, case_) => {
  config.described("vocab");
  const outputs = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.role === "output");
  const filters = outputs.map((name) => [name, historyFilter(name, config)] as const);
  const unknown = filters.find(([, filter]) => filter === undefined);
  if (unknown !== undefined) throw new NotCovered(unknown[0]);
  const logits = golden(case_, "logits");
  const history = golden(case_, "history");
  const row = (of: GoldenTensor, index: number) =>
    of.values.slice(index * (of.shape[1] ?? 0), (index + 1) * (of.shape[1] ?? 0));
  return hostProgram(() =>
    Object.fromEntries(
      filters.map(([name, filter]) => [
        name,
        Array.from({ length: logits.shape[0] ?? 0 }, (_, i) => [
          ...(filter?.(Float32Array.from(row(logits, i)), [...row(history, i)]) ?? []),
        ]).flat(),
      ]),
    ),
  );
};

function historyFilter(name: string, config: ConfigReader): HistoryFilter | undefined {
  const value = Number(name.split("_").at(-1));
  if (name.startsWith("repetition_penalty_")) return repetitionPenalty(value);
  if (name.startsWith("min_length_")) return minLength(value, [config.number("eos_token_id")]);
  if (name.startsWith("no_repeat_ngram_")) return noRepeatedRun(value);
  return undefined;
}
