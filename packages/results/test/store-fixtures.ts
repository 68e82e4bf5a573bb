import { type ExperimentRecord, type LogRecord, type TrialConfig, trialId } from "@attention-lab/results";

export const at = "2026-11-21T12:00:00.000Z";

export const config: TrialConfig = {
  variant: "full",
  options: {},
  version: 1,
  length: 256,
  phase: "forward",
  causal: false,
  batch: 1,
  heads: 4,
  headDim: 64,
  backend: "native",
  engine: "native",
  threads: 2,
  precision: "float32",
  warmups: 1,
  repeats: 3,
  seed: 0,
};

export const experiment: ExperimentRecord = {
  schema: 1,
  name: "demo",
  question: "Where does it overtake?",
  baseline: "full",
  machine: { cpu: "Test CPU", cores: 2, memoryBytes: 2 ** 33, platform: "linux-x64", node: "v20", gpu: null },
  commit: null,
  trials: [trialId(config)],
  skipped: [],
  at,
};

const trial = trialId(config);
export const first: LogRecord = {
  kind: "trial",
  trial,
  config,
  predicted: { flops: 1e6, peakBytes: 1000, parameters: 0, stateBytes: 0 },
  at,
};
export const sample = (repeat: number, seconds = 0.001 * (repeat + 1)): LogRecord => ({
  kind: "sample",
  trial,
  repeat,
  seconds,
  at,
});
export const memory: LogRecord = { kind: "memory", trial, peakBytes: 1024, residentBytes: 5e7, at };
