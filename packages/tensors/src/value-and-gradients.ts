import { type Tensor, add, clone, engine, ones } from "@tensorflow/tfjs-core";

/** What a tape entry holds: TensorFlow.js keeps the type to itself. */
type TapeNode = ReturnType<typeof engine>["state"]["activeTape"][number];

/**
 * Value of `body` and the gradients of sum(value * cotangent) for each of `inputs` (undefined where the value does not depend on it).
 * Without a cotangent the value must be a scalar, whose gradient it is. The caller owns all results.
 *
 * The walk over the tape is our own because TensorFlow.js keeps every saved activation and every activation gradient until the
 * whole backward pass has ended; here both are freed node by node, which halves a training step's peak memory.
 */
export function valueAndGradients<T extends Tensor>(
  body: () => T,
  inputs: readonly Tensor[],
  cotangent?: T,
): { value: T; gradients: (Tensor | undefined)[] } {
  const { value, tape } = record(body);
  if (cotangent === undefined && value.rank !== 0) {
    release(tape);
    throw new RangeError(`valueAndGradients: without a cotangent the value must be a scalar, got rank ${value.rank}`);
  }
  const gradients = engine().tidy(() => {
    const collected = new Map<number, Tensor>([
      [value.id, cotangent === undefined ? ones(value.shape) : clone(cotangent)],
    ]);
    const wanted = new Set(inputs.map(({ id }) => id));
    const needed = neededInputs(tape, wanted, value.id);
    for (let i = tape.length - 1; i >= 0; i--) {
      const node = tape[i] as TapeNode;
      const names = needed[i];
      if (names !== undefined) {
        propagate(node, names, collected);
        for (const output of node.outputs) free(collected, output.id, wanted);
      }
      release([node]);
    }
    return inputs.map(({ id }) => collected.get(id)) as Tensor[];
  });
  return { value, gradients };
}

/** Runs the body with a fresh tape, as `Engine.gradients` does. */
function record<T extends Tensor>(body: () => T): { value: T; tape: TapeNode[] } {
  const { state } = engine();
  const outer = state.activeTape;
  state.activeTape = [];
  state.gradientDepth++;
  try {
    const value = engine().tidy("forward", body) as T;
    return { value, tape: state.activeTape };
  } catch (error) {
    release(state.activeTape);
    throw error;
  } finally {
    state.gradientDepth--;
    state.activeTape = outer;
  }
}

function release(tape: readonly TapeNode[]): void {
  for (const { saved } of tape) for (const kept of saved ?? []) kept.dispose();
}

/** Per node the inputs that lead from a wanted tensor and on to the value; undefined where none does. */
function neededInputs(tape: readonly TapeNode[], wanted: ReadonlySet<number>, value: number): (string[] | undefined)[] {
  const reached = new Set(wanted);
  const needed = tape.map((node) => {
    const names = Object.keys(node.inputs).filter((name) => reached.has(node.inputs[name]?.id as number));
    if (names.length === 0) return undefined;
    for (const output of node.outputs) reached.add(output.id);
    return names;
  });
  const leading = new Set([value]);
  for (let i = tape.length - 1; i >= 0; i--) {
    const node = tape[i] as TapeNode;
    if (needed[i] === undefined) continue;
    if (!node.outputs.some((output) => leading.has(output.id))) needed[i] = undefined;
    else for (const name of needed[i] as string[]) leading.add(node.inputs[name]?.id as number);
  }
  return needed;
}

/** Adds the node's input gradients to what has been collected. */
function propagate(node: TapeNode, names: readonly string[], collected: Map<number, Tensor>): void {
  const { gradient } = node;
  if (gradient === undefined) {
    throw new Error(
      `valueAndGradients: TensorFlow.js has no gradient of ${node.kernelName}, use a safe operation instead`,
    );
  }
  const upstream = node.outputs.map((output) => collected.get(output.id) as Tensor);
  const found = engine().tidy(() => {
    const byName = gradient(upstream);
    // A gradient function may hand back its argument, or one tensor for two inputs: each entry needs an owner of its own.
    const taken = new Set<Tensor>(upstream);
    return names.map((name) => {
      const result = (byName[name] as () => Tensor)();
      const own = taken.has(result) ? clone(result) : result;
      taken.add(own);
      return own;
    });
  });
  for (const [i, name] of names.entries()) {
    const id = node.inputs[name]?.id as number;
    const more = found[i] as Tensor;
    const before = collected.get(id);
    if (before === undefined) {
      collected.set(id, more);
      continue;
    }
    collected.set(id, add(before, more));
    before.dispose();
    more.dispose();
  }
}

function free(collected: Map<number, Tensor>, id: number, wanted: ReadonlySet<number>): void {
  if (wanted.has(id)) return;
  collected.get(id)?.dispose();
  collected.delete(id);
}
