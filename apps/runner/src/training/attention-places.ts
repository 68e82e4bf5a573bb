import { accept, type Attention, type Cost, type Feature, type Lengths, type Site } from "@attention-lab/attention";
import { attentionFromConfig } from "@attention-lab/catalog";
import { asLanguage, type SequenceToSequence, type Task } from "@attention-lab/tasks";
import type { Run } from "./run.ts";

/** One attention of a model as it will be built and called, known without building it: no backend is asked. */
export interface AttentionPlace {
  readonly attention: Attention;
  readonly needs: readonly Feature[];
  readonly site: Site;
  readonly lengths: Lengths;
}

/** What of a run decides its model and task. */
export type Modelled = Pick<Run, "task" | "model" | "attention" | "position" | "seed">;

/** What a position encoding needs of a self-attention; the others leave the scores alone. */
const positionNeeds: Readonly<Record<string, Feature>> = {
  alibi: "scoreBias",
  t5: "scoreBias",
  shaw: "relativeContent",
};
/** So many examples show whether a task's sources differ in length. */
const lookedAt = 32;

/** Every attention of the model that a run trains on a task. */
export function attentionPlaces(run: Modelled, task: Task): AttentionPlace[] {
  switch (task.kind) {
    case "language":
      return selfPlaces(run, task, task.length, ["causal"]);
    case "masked":
      return selfPlaces(run, task, task.length, []);
    case "classification":
      return selfPlaces(run, task, task.length, ["keyPadding"]);
    case "sequence": {
      if (run.model.kind === "decoder") return attentionPlaces(run, asLanguage(task));
      return run.model.kind === "recurrent" ? recurrentPlaces(run, task) : pairPlaces(run, task);
    }
  }
}

/** The variant's own predicted cost at a place. Errors: its own sentence, where it refuses the place. */
export function costAt({ attention, needs, site, lengths }: AttentionPlace): Cost {
  return accept(attention, needs).cost(site, lengths);
}

function pairPlaces(run: Modelled, task: SequenceToSequence): AttentionPlace[] {
  const { sourceLength: source, targetLength: target } = task;
  const padding: Feature[] = isPadded(task) ? ["keyPadding"] : [];
  const crossing = variants(run).map((attention): AttentionPlace => ({
    attention,
    needs: ["crossAttention", ...padding, ...sharedNeeds(run)],
    site: siteOf(run, Math.max(source, target), false),
    lengths: { batch: task.batchSize, queries: target, keys: source },
  }));
  return [...selfPlaces(run, task, source, padding), ...selfPlaces(run, task, target, ["causal"]), ...crossing];
}

function recurrentPlaces(run: Modelled, task: SequenceToSequence): AttentionPlace[] {
  const { dModel = 128, layers: _layers, heads: _heads, keyValueHeads: _kv, headDim: _d, ...model } = run.model;
  const padding: Feature[] = isPadded(task) ? ["keyPadding"] : [];
  return run.attention.map((config) => ({
    attention: attentionFromConfig(config),
    needs: ["crossAttention", ...padding],
    site: siteOf({ ...run, model: { ...model, dModel, heads: 1 } }, Number.MAX_SAFE_INTEGER, false),
    lengths: { batch: task.batchSize, queries: task.targetLength, keys: task.sourceLength },
  }));
}

function selfPlaces(run: Modelled, { batchSize }: Task, length: number, own: readonly Feature[]): AttentionPlace[] {
  const position = positionNeeds[run.position.name];
  const needs = [...own, ...sharedNeeds(run), ...(position === undefined ? [] : [position])];
  const site = siteOf(run, length, own.includes("causal"));
  return variants(run).map((attention) => ({
    attention,
    needs,
    site,
    lengths: { batch: batchSize, queries: length, keys: length },
  }));
}

function sharedNeeds({ model }: Modelled): Feature[] {
  const { heads = 4, keyValueHeads = heads, attentionDropout = 0 } = model;
  return [
    ...(keyValueHeads === heads ? [] : ["groupedQuery" as const]),
    ...(attentionDropout > 0 ? ["dropout" as const] : []),
  ];
}

/** One for each layer; layers that share a config share it here too. */
function variants({ attention, model: { layers = 1 } }: Modelled): Attention[] {
  const made = attention.map((config) => attentionFromConfig(config));
  const [only] = made;
  return made.length === 1 && only !== undefined ? Array.from({ length: layers }, () => only) : made;
}

function siteOf({ model, seed }: Modelled, length: number, causal: boolean): Site {
  const { dModel = 128, heads = 4, keyValueHeads = heads, attentionDropout = 0 } = model;
  const headDim = model.headDim ?? dModel / heads;
  return {
    heads,
    keyValueHeads,
    headDim,
    valueDim: headDim,
    scale: 1 / Math.sqrt(headDim),
    maxLength: Math.max(length, model.maxLength ?? 0),
    causal,
    dropout: attentionDropout,
    dModel,
    seed,
  };
}

function isPadded(task: SequenceToSequence): boolean {
  const sources = Array.from({ length: lookedAt }, (_, index) => task.example("training", index).source);
  return sources.some(({ length }) => length < task.sourceLength);
}
