import { canonicalJson } from "@attention-lab/results/store";
import type { Task } from "@attention-lab/tasks";
import { invalid } from "@attention-lab/tensors";
import { type AttentionPlace, attentionPlaces, costAt, type Modelled } from "./attention-places.ts";
import { kindsFor, makeTask } from "./tasks.ts";

/** What a plan knows of a run without a backend: its task, where its attentions are, and why it cannot be trained. */
export interface PlannedRun {
  readonly task: Task;
  readonly places: readonly AttentionPlace[];
  readonly refusal: string | undefined;
}

const planned = new Map<string, PlannedRun>();
/** A study has few models and many trials of each; more than so many are not remembered. */
const remembered = 1000;
const mostParameters = 2 ** 40;

/** Looks at a run's model and task. Refusals are the variants' own sentences; Errors: a task whose options are wrong. */
export function planRun({ task, model, attention, position, seed }: Modelled): PlannedRun {
  const key = canonicalJson({ task, model, attention, position });
  const known = planned.get(key);
  if (known !== undefined) return known;
  const made = madeOf({ task, model, attention, position, seed });
  if (planned.size >= remembered) planned.clear();
  planned.set(key, made);
  return made;
}

function madeOf(run: Modelled): PlannedRun {
  const task = makeTask(run.task, run.seed);
  try {
    checkModel(run, task);
    const places = attentionPlaces(run, task);
    for (const place of places) checkPlace(place);
    return { task, places, refusal: undefined };
  } catch (error) {
    if (error instanceof RangeError) return { task, places: [], refusal: error.message };
    throw error;
  }
}

/** A recurrent model has no longest sequence: weights that have a row for each of its positions could never be held. */
function checkPlace(place: AttentionPlace): void {
  const { parameters } = costAt(place);
  if (parameters <= mostParameters) return;
  throw new RangeError(
    `${place.attention.name} attention: its weights need a longest sequence, which a recurrent model has not`,
  );
}

function checkModel({ task: { name }, model, attention }: Modelled, task: Task): void {
  const kinds: readonly string[] = kindsFor[task.kind];
  const { kind = "", dModel = 128, heads = 4, headDim, layers = 1 } = model;
  if (!kinds.includes(kind)) throw invalid(`task ${name}`, `the model must be of kind ${kinds.join(" or ")}`, kind);
  if (kind === "recurrent") {
    if (attention.length > 1)
      throw invalid("recurrent model", "there must be one attention, or none", attention.length);
    return;
  }
  if (headDim === undefined && dModel % heads !== 0) {
    throw invalid("model", `dModel ${dModel} must be a multiple of heads`, heads);
  }
  if (attention.length !== 1 && attention.length !== layers) {
    throw invalid("model", `a list of attentions must have one for each of the ${layers} layers`, attention.length);
  }
}
