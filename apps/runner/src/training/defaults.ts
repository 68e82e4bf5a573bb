import { exampleOptions, lookup, positionFromConfig, readAttention } from "@attention-lab/catalog";
import type { PositionEncoding } from "@attention-lab/models";
import type { Named, Run, RunConfig } from "./run.ts";
import { optimizers } from "./optimizers.ts";
import { schedules } from "./schedules.ts";
import { kindsFor, taskDefaults, type TaskKind, taskKind } from "./tasks.ts";

type Options = Readonly<Record<string, unknown>>;

/** Options of a variant in the small model, where the catalogue's are for longer sequences or look ahead. */
const variantDefaults: Readonly<Record<string, Options>> = {
  performer: { features: 64, map: "positive", orthogonal: true },
  longformer: { before: 64, after: 0 },
  local: { before: 64, after: 0 },
  linformer: { rank: 64, sharing: "none" },
};

const steps = 300;

/** Fills in what a config leaves open: a model that learns to spell in about a minute on two cores. */
export function fillRun(config: RunConfig): Run {
  const task = taskDefaults(config.task ?? { name: "moby-dick" });
  const kind = config.model.kind ?? kindsFor[taskKind(task)][0];
  const list = attentionList(config.attention ?? usualAttention(kind, taskKind(task)));
  const { dModel = 128, heads = 4, layers = list.length > 1 ? list.length : 4 } = config.model;
  const total = config.steps ?? steps;
  const { evaluateEvery, patience } = config;
  return {
    task,
    model: {
      kind,
      ...(kind === "recurrent"
        ? { cell: "gru" }
        : { feedForward: 4 * dModel, norm: "pre", activation: "geluErf", heads }),
      dropout: 0,
      ...config.model,
      layers,
      dModel,
    },
    attention: list,
    position: position(config.position ?? { name: kind === "recurrent" ? "none" : "rope" }),
    optimizer: optimizer(config.optimizer ?? { name: "adamw", weightDecay: 0.1, beta2: 0.99 }),
    schedule: schedule(config.schedule ?? { name: "cosine" }, total),
    steps: total,
    accumulate: config.accumulate ?? 1,
    clipNorm: config.clipNorm === undefined ? 1 : config.clipNorm,
    labelSmoothing: config.labelSmoothing ?? { amount: 0, over: "all" },
    ...(evaluateEvery === undefined ? {} : { evaluateEvery }),
    ...(patience === undefined ? {} : { patience }),
    seed: config.seed ?? 1,
  };
}

/** A position encoding of the catalogue; `none` is none. */
export function positionFrom(chosen: Named): PositionEncoding | undefined {
  return chosen.name === "none" ? undefined : positionFromConfig(chosen);
}

function position(chosen: Named): Named {
  positionFrom(chosen);
  return chosen;
}

function optimizer({ name, ...options }: Named): Named {
  return { name, ...lookup("optimizer", optimizers, name).parse(options) };
}

function schedule({ name, ...options }: Named, total: number): Named {
  const entry = lookup("schedule", schedules, name);
  return { name, ...entry.parse({ warmup: Math.min(30, Math.ceil(total / 10)), ...entry.defaults, ...options }) };
}

function attentionList(chosen: Named | readonly Named[]): readonly Named[] {
  const list = Array.isArray(chosen) ? (chosen as readonly Named[]) : [chosen as Named];
  return list
    .filter(({ name }) => name !== "none")
    .map(({ name, ...options }) => {
      const usual = Object.hasOwn(variantDefaults, name) ? variantDefaults[name] : exampleOptions(name, "usual");
      return { name, ...readAttention({ name, ...leftOpen(name, usual ?? {}, options), ...options }).options };
    });
}

/** The usual options where none are given. With some given, only those that the variant demands: for the others its own defaults are what it says they are. */
function leftOpen(name: string, usual: Options, given: Options): Options {
  if (Object.keys(given).length === 0) return usual;
  const isDemanded = (option: string): boolean => {
    const { [option]: _without, ...others } = { ...usual, ...given };
    try {
      readAttention({ name, ...others });
      return false;
    } catch {
      return true;
    }
  };
  return Object.fromEntries(Object.entries(usual).filter(([option]) => !(option in given) && isDemanded(option)));
}

function usualAttention(kind: NonNullable<RunConfig["model"]["kind"]>, task: TaskKind): Named {
  if (kind === "recurrent") return { name: "bahdanau" };
  return { name: task === "language" ? "longformer" : "full" };
}
