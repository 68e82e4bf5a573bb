import { readFileSync } from "node:fs";
import { type FitOptions, evaluate, fitKaplan, fitPowerLaw, standardErrors } from "@attention-lab/results";
import { describe, expect, test } from "vitest";

const golden = new URL("../../../golden/", import.meta.url);

interface Case {
  id: string;
  file: string;
  feature: string;
  tolerance: { forward: { rtol: number; atol: number } };
}
const index = JSON.parse(readFileSync(new URL("index.json", golden), "utf8")) as { cases: Case[] };
const cases = index.cases.filter(({ feature }) => feature === "scaling_law_fit");

/** This package knows no tensors: a few lines read the arrays of a safetensors file. */
function readArrays(file: string): (name: string) => number[] {
  const bytes = readFileSync(new URL(file, golden));
  const data = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, data)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  return (name) => {
    const {
      dtype,
      data_offsets: [start, end],
    } = header[name] ?? { dtype: "", data_offsets: [0, 0] };
    const { buffer } = Uint8Array.from(bytes.subarray(data + start, data + end));
    return [...(dtype === "F64" ? new Float64Array(buffer) : new Float32Array(buffer))];
  };
}

test("there are golden cases", () => expect(cases.length).toBeGreaterThanOrEqual(3));

describe.each(cases)("$id", ({ file, tolerance: { forward } }) => {
  const read = readArrays(file);
  const points = read("N").map((x, i) => ({ x, y: read("L")[i] ?? 0 }));
  const near = (got: number, want: number | undefined) =>
    expect(Math.abs(got - (want ?? Number.NaN))).toBeLessThanOrEqual(forward.atol + forward.rtol * Math.abs(want ?? 0));
  const fits: [string, FitOptions][] = [
    ["fit_log", { constant: "nonnegative" }],
    ["fit_log_huber", { constant: "nonnegative", huber: 1e-3 }],
    ["fit_linear", { constant: "nonnegative", space: "linear" }],
  ];

  test.each(fits)("%s", (name, options) => {
    const law = fitPowerLaw(points, options);
    const [E, A, alpha] = read(name);
    near(law.constant, E);
    near(law.coefficient, A);
    near(-law.exponent, alpha);
    const [sse] = name === "fit_log_huber" ? [] : read(`${name}_sse`);
    if (sse !== undefined) expect(law.objective).toBeLessThanOrEqual(sse * (1 + 1e-6));
  });

  test("standard errors of the linear fit", () => {
    const law = fitPowerLaw(points, { constant: "nonnegative", space: "linear" });
    const { constant, coefficient, exponent } = standardErrors(points, law);
    [constant, coefficient, exponent].forEach((got, i) => near(got, read("fit_linear_std")[i]));
  });

  test("a straight line in log-log", () => {
    const law = fitPowerLaw(points);
    const [A, alpha] = read("fit_pure_power");
    near(law.coefficient, A);
    near(-law.exponent, alpha);
    expect(evaluate(law, 1)).toBeCloseTo(law.coefficient, 12);
    const kaplan = fitKaplan(points);
    near(kaplan.alpha, alpha);
    near(kaplan.scale ** kaplan.alpha, A);
  });
});
