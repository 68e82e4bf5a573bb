import { tensor, type Variable } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import { scope, type StoredTensor } from "@attention-lab/tensors";
import type { StoredTensors, WeightMap, WeightSource } from "./weight-map.ts";

/** What need not fit; nothing unless given. */
export interface Allowance {
  /** Parameters that the file lacks keep their initial values. */
  readonly missing?: boolean;
  /** Tensors of the file that no parameter takes are left out. */
  readonly unused?: boolean;
}
export interface LoadReport {
  /** Our parameters that the file has no tensor for. */
  readonly missing: readonly string[];
  /** Names in the file that nothing of ours takes. */
  readonly unused: readonly string[];
}

const shownNames = 5;

/**
 * Copies a file's tensors into a model's parameters, under their names there, and says what was left over on either side.
 *
 * @throws Error naming what is missing or unused, unless allowed, and RangeError for a tensor of another shape; no parameter has changed then.
 */
export function loadWeights(
  who: string,
  parameters: Parameters,
  { sources, ignored }: WeightMap,
  tensors: StoredTensors,
  allow: Allowance = {},
): LoadReport {
  const found = new Map<string, { readonly variable: Variable; readonly values: Float32Array }>();
  const missing: string[] = [];
  const used = new Set<string>();
  for (const [name, variable] of Object.entries(parameters)) {
    const source = sources[name] ?? { from: [] };
    const theirs = source.from.find((candidate) => tensors.has(candidate));
    const stored = theirs === undefined ? undefined : tensors.get(theirs);
    if (theirs === undefined || stored === undefined) {
      missing.push(source.from[0] === undefined ? name : `${name} (${source.from[0]})`);
      continue;
    }
    used.add(theirs);
    found.set(name, { variable, values: fitted(who, theirs, stored, source, variable.shape) });
  }
  const unused = [...tensors.keys()].filter((name) => !used.has(name) && !ignored.test(name));
  if (missing.length > 0 && allow.missing !== true) throw new Error(`${who}: the file lacks ${listed(missing)}`);
  if (unused.length > 0 && allow.unused !== true) {
    throw new Error(`${who}: nothing in this model takes the file's ${listed(unused)}`);
  }
  for (const { variable, values } of found.values()) {
    scope("loadWeights", () => variable.assign(tensor(values, variable.shape, "float32")));
  }
  return { missing, unused };
}

/** The tensor's values in the shape of ours. */
function fitted(who: string, name: string, stored: StoredTensor, source: WeightSource, wanted: number[]): Float32Array {
  const vector = stored.shape.length === 1;
  const [height = 1, width = 1] = vector ? [1, ...stored.shape] : stored.shape;
  const { transposed = false, part = { index: 0, of: 1 } } = source;
  const [rows, allColumns] = transposed && !vector ? [width, height] : [height, width];
  const columns = allColumns / part.of;
  const shape = vector ? [columns] : [rows, columns];
  if (stored.shape.length > 2 || shape.join() !== wanted.join()) {
    throw new RangeError(`${who}: ${name} must make [${wanted.join()}], got [${stored.shape.join()}]`);
  }
  const values = stored.values as Float32Array;
  if (part.of === 1 && (vector || !transposed)) return Float32Array.from(values);
  const first = part.index * columns;
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = transposed ? (first + column) * width + row : row * width + first + column;
      result[row * columns + column] = values[at] ?? NaN;
    }
  }
  return result;
}

function listed(names: readonly string[]): string {
  const rest = names.length - shownNames;
  return `${names.slice(0, shownNames).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
