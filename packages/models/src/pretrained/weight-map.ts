import type { StoredTensor } from "@attention-lab/tensors";

/** Tensors of a safetensors file by name. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** Where one parameter of ours stands in a published file. */
export interface WeightSource {
  /** Its name there; several where files differ: the first that is found. */
  readonly from: readonly string[];
  /** Stored [out, in], as PyTorch's linear layers are; ours are [in, out]. */
  readonly transposed?: boolean;
  /** One of `of` equal parts side by side on the last axis (query, key and value in one matrix). */
  readonly part?: { readonly index: number; readonly of: number };
}

export interface WeightMap {
  /** By our parameters' names. */
  readonly sources: Readonly<Record<string, WeightSource>>;
  /** Names in the file that hold no parameter: constant buffers, and second copies of tied tables. */
  readonly ignored: RegExp;
}

type Sources = Record<string, WeightSource>;

/** A table or vector that is stored as ours is. */
export function asStored(ours: string, ...from: string[]): Sources {
  return { [ours]: { from } };
}

/** `weight` [out, in] and `bias` of a PyTorch linear layer. */
export function torchLinear(ours: string, ...theirs: string[]): Sources {
  return {
    [`${ours}.weight`]: { from: theirs.map((name) => `${name}.weight`), transposed: true },
    [`${ours}.bias`]: { from: theirs.map((name) => `${name}.bias`) },
  };
}

/** `weight` [in, out] and `bias` of GPT-2's Conv1D. */
export function convolution(ours: string, theirs: string, part?: WeightSource["part"]): Sources {
  const cut = part === undefined ? {} : { part };
  return {
    [`${ours}.weight`]: { from: [`${theirs}.weight`], ...cut },
    [`${ours}.bias`]: { from: [`${theirs}.bias`], ...cut },
  };
}

/** `weight` and `bias` of a norm; files made from TensorFlow's call them gamma and beta. */
export function norm(ours: string, theirs: string): Sources {
  return {
    [`${ours}.weight`]: { from: [`${theirs}.weight`, `${theirs}.gamma`] },
    [`${ours}.bias`]: { from: [`${theirs}.bias`, `${theirs}.beta`] },
  };
}

/** The sources of all layers, one after the other. */
export function everyLayer(layers: number, sources: (layer: number) => Sources): Sources {
  return Object.assign({}, ...Array.from({ length: layers }, (_, layer) => sources(layer))) as Sources;
}
