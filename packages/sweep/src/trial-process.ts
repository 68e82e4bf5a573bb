import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, writeAtomically } from "@attention-lab/results/store";
import { inherit } from "./attempt-history.ts";
import { environmentRecord } from "./environment.ts";
import { failureOf } from "./failure.ts";
import { findProgram, type Programs } from "./find-program.ts";
import { finiteOrNull, numbersByName } from "./numbers-by-name.ts";
import { MeasurementWriter, refusalOf, writable } from "./measurement-writer.ts";
import { endWithParent } from "./orphan-watch.ts";
import { killOwnGroup } from "./process-group.ts";
import { mostResidentBytes } from "./resident-memory.ts";
import type { TrialReply, TrialRequest } from "./trial-messages.ts";

type Run = Extract<TrialRequest, { kind: "run" }>;

/**
 * Makes this process the one that runs a trial: it waits for its request, runs the program once, answers, and ends. It ends with its parent too: only the
 * parent may commit a result, so what an orphan still writes into its own attempt counts for nothing.
 */
export function serveTrial(builtIn: Programs): void {
  const stop = new AbortController();
  // With what the program started; after an answer the parent does that.
  process.on("disconnect", killOwnGroup);
  endWithParent();
  volunteerAsVictim();
  process.on("message", (request: TrialRequest) => {
    if (request.kind === "stop") stop.abort();
    else void answer(request, builtIn, stop.signal);
  });
}

async function answer(request: Run, builtIn: Programs, signal: AbortSignal): Promise<void> {
  const reply = await run(request, builtIn, signal).catch((error: unknown): TrialReply => {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return { kind: "disk", message: refusal };
    if (signal.aborted) return { kind: "stopped" };
    console.error(error);
    return { ...failureOf(error), residentBytes: mostResidentBytes() };
  });
  process.send?.(reply, () => process.exit(0));
}

async function run(request: Run, builtIn: Programs, signal: AbortSignal): Promise<TrialReply> {
  const { config, trial, attempt, owner, module, environment } = request;
  const { program, moduleSha256 } = await findProgram(module ?? config.program.name, builtIn);
  const { version, moduleSha256: planned } = config.program;
  if (program.version !== version || moduleSha256 !== planned) {
    throw new Error(`program ${config.program.name}: it changed since the trial was planned; plan the study anew`);
  }
  const backend = program.engine ? await chosen(request) : null;
  const record = environmentRecord(environment, backend);
  const directory = join(attempt, "files");
  const resume = writable(() => {
    writeAtomically(join(attempt, attemptFile.environment), `${JSON.stringify(record, undefined, 2)}\n`);
    mkdirSync(directory, { recursive: true });
    return inherit(trial, attempt);
  });
  const writer = new MeasurementWriter(attempt, owner);
  const metrics = await program.run(config.parameters, {
    seed: config.seed,
    report: (values, x) => writer.report(values, x),
    save: (checkpoint) => writer.save(checkpoint),
    resume,
    directory,
    signal,
  });
  writer.close();
  if (signal.aborted) return { kind: "stopped" };
  const named = numbersByName(`program ${program.program}`, "metrics", metrics);
  return { kind: "finished", metrics: finiteOrNull(named), residentBytes: mostResidentBytes() };
}

async function chosen({ backend, threads }: Run): Promise<Readonly<Record<string, unknown>>> {
  // A program that needs no tensors starts without them.
  const [{ useBackend }, { version_core }] = await Promise.all([
    import("@attention-lab/backends"),
    import("@tensorflow/tfjs-core"),
  ]);
  const report = await useBackend(backend, threads === undefined ? {} : { threads });
  const { name, tfBackend, engine, instructionSet, threads: used } = report;
  return { name, tfBackend, tfjs: version_core, engine, instructionSet, threads: used };
}

/** When memory runs out on Linux, the kernel shall end this process and not the one that commits results. */
function volunteerAsVictim(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Elsewhere there is no such file, and nothing to be done.
  }
}
