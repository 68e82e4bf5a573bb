import { type Adapter, golden, hostProgram } from "../adapter.ts";
import { fitPowerLaw, type PowerLaw, standardErrors } from "@attention-lab/results";

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
