import { mkdirSync, linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programs } from "@attention-lab/programs";
import {
  StudyFolder,
  attemptFile,
  attemptFolder,
  machineFingerprint,
  trialFile,
  type LogRecord,
  type Metrics,
  type PlannedStudyTrial,
} from "@attention-lab/results/store";
import {
  experimentRecord,
  findProgram,
  parseExperiment,
  parseStudy,
  plan,
  planStudy,
  studyStart,
  type PlanBackend,
} from "@attention-lab/sweep";
import { randomNormal } from "@attention-lab/tensors";

/** Spec files and finished folders of so many trials: what `attn` is timed on. Their figures are made up, their form is not. */
export interface ScaleFolders {
  readonly spec: string;
  readonly dir: string;
  /** The same trials measured again. */
  readonly again: string;
}

const at = "2026-01-01T00:00:00.000Z";
const seeds = 20;
const reported = 10;

/** A study of `trials` trials: lengths, numbers of features and seeds, with ten measurements each. */
export async function scaleStudy(base: string, trials: number): Promise<ScaleFolders> {
  const features = [16, 32, 64, 128, 256];
  const lengths = Math.ceil(trials / features.length / seeds);
  const raw = {
    name: "scale",
    question: "How long does everything take with so many trials?",
    program: "approximation-error",
    parameters: {
      attention: { name: "performer", map: "positive", orthogonal: true },
      "attention.features": features,
      length: Array.from({ length: lengths }, (_, i) => 16 * (i + 1)),
      samples: 1,
    },
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    figures: [
      { metric: "meanSquaredError", over: "length", xScale: "log", yScale: "log" },
      { metric: "meanSquaredError", over: "x", by: ["attention.features"] },
    ],
  };
  const files = specFile(base, "study", raw);
  const study = parseStudy(raw);
  const planned = planStudy(study, await findProgram(study.program, programs));
  for (const [seed, dir] of [files.dir, files.again].entries()) {
    const folder = StudyFolder.begin(dir, studyStart(planned, null), planned.trials);
    const noise = normals(planned.trials.length * reported, seed);
    planned.trials.forEach((trial, i) => writeTrial(folder, trial, noise.subarray(i * reported, (i + 1) * reported)));
  }
  return files;
}

/** Without the syncs of a real sweep: ten thousand trials shall not take minutes to make up. */
function writeTrial(folder: StudyFolder, trial: PlannedStudyTrial, noise: Float32Array): void {
  const path = folder.trialFolder(trial.id);
  const attempt = attemptFolder(path, 1);
  mkdirSync(attempt, { recursive: true });
  const write = (place: string, content: unknown) => writeFileSync(place, `${JSON.stringify(content, undefined, 2)}\n`);
  const measured = Array.from(noise, (z, x) => ({ x, values: { meanSquaredError: Math.exp(0.1 * z) / (x + 1) } }));
  const metrics: Metrics = { ...measured.at(-1)?.values, relativeError: Math.exp(0.1 * (noise[0] ?? 0)) };
  write(join(path, trialFile.config), trial);
  write(join(attempt, attemptFile.owner), { host: "here", boot: "b", pid: 1, start: "1", job: null, at });
  write(join(attempt, attemptFile.environment), { commit: null, dirty: null, versions: {} });
  writeFileSync(join(attempt, attemptFile.heartbeat), "1");
  writeFileSync(join(attempt, attemptFile.output), "");
  writeFileSync(join(attempt, attemptFile.measurements), measured.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const result = join(attempt, attemptFile.result);
  write(result, {
    attempt: 1,
    seconds: 1,
    residentBytes: 1e8,
    at,
    status: "ok",
    metrics,
    measurements: measured.length,
  });
  linkSync(result, join(path, trialFile.result));
}

/** A cost experiment of `trials` trials: many ranks of Linformer beside full attention, ten lengths, five repeats each. */
export function scaleCost(base: string, trials: number, backend: PlanBackend): ScaleFolders {
  const lengths = Array.from({ length: 10 }, (_, i) => 64 * 2 ** i);
  const curves = Math.ceil(trials / lengths.length / 2);
  const raw = {
    name: "scale cost",
    question: "How long does everything take with so many curves?",
    baseline: "full",
    variants: [
      { name: "full" },
      ...Array.from({ length: curves - 1 }, (_, i) => ({ name: "linformer", rank: i + 1, sharing: "headwise" })),
    ],
    lengths,
    phases: ["forward", "step"],
    heads: 4,
    headDim: 64,
    repeats: 5,
  };
  const files = specFile(base, "cost", raw);
  const planned = plan(parseExperiment(raw), [], backend);
  const experiment = { ...experimentRecord(planned, null), machine: machineFingerprint() };
  for (const [seed, dir] of [files.dir, files.again].entries()) {
    const noise = normals(planned.trials.length * raw.repeats, 7 + seed);
    const records = planned.trials.flatMap(({ id: trial, config, predicted }, i): LogRecord[] => {
      const { flops, peakBytes, parameters, stateBytes } = predicted;
      const seconds = (repeat: number) =>
        1e-5 + 2e-11 * flops * Math.exp(0.03 * (noise[i * raw.repeats + repeat] ?? 0));
      return [
        { kind: "trial", trial, config, predicted: { flops, peakBytes, parameters, stateBytes }, at },
        ...Array.from({ length: raw.repeats }, (_, repeat): LogRecord => {
          return { kind: "sample", trial, repeat, seconds: seconds(repeat), at };
        }),
        { kind: "memory", trial, peakBytes: Math.round(peakBytes), residentBytes: 1e8, at },
      ];
    });
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "experiment.json"), `${JSON.stringify(experiment, undefined, 2)}\n`);
    writeFileSync(join(dir, "log.jsonl"), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }
  return files;
}

function specFile(base: string, kind: string, raw: unknown): ScaleFolders {
  mkdirSync(base, { recursive: true });
  const spec = join(base, `${kind}.json`);
  writeFileSync(spec, JSON.stringify(raw));
  return { spec, dir: join(base, kind), again: join(base, `${kind}-again`) };
}

function normals(count: number, seed: number): Float32Array {
  return randomNormal(seed, [count]).dataSync() as Float32Array;
}
