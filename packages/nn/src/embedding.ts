import {
  cast,
  clone,
  expandDims,
  mul,
  notEqual,
  type Tensor,
  type Tensor2D,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@attention-lab/ops";
import { invalid, positiveInteger, project, randomNormal, scope, withGradient } from "@attention-lab/tensors";
import { hostValues } from "./host-values.ts";
import { Layer } from "./layer.ts";
import { type Parameters, parameter } from "./parameters.ts";

export interface EmbeddingOptions {
  readonly name: string;
  /** Number of ids. */
  readonly rows: number;
  readonly width: number;
  readonly seed: number;
  /** Standard deviation of the initial normal values; 1/sqrt(width) unless given. */
  readonly deviation?: number;
  /** An id whose row is read but never trained: its gradient is 0 (PyTorch's padding_idx). */
  readonly padding?: number;
}

/**
 * A table [rows, width] read by id: int32 ids [...] -> [...,width]. `unembed` uses the same table to score every id.
 *
 * @throws RangeError for an id outside the table (on a graphics card, where ids cannot be read in passing, it reads some other row).
 */
export class Embedding extends Layer<[ids: Tensor], Tensor> {
  readonly rows: number;
  readonly width: number;
  readonly weight: Variable;
  readonly padding: number | undefined;

  constructor({ name, rows, width, seed, deviation, padding }: EmbeddingOptions) {
    super(name);
    this.rows = positiveInteger(`embedding ${name}`, "rows", rows);
    this.width = positiveInteger(`embedding ${name}`, "width", width);
    if (padding !== undefined && !(Number.isInteger(padding) && padding >= 0 && padding < rows)) {
      throw invalid(`embedding ${name}`, `padding must be one of the ${rows} ids`, padding);
    }
    this.padding = padding;
    this.weight = parameter(() => randomNormal(seed, [rows, width], 0, deviation ?? 1 / Math.sqrt(width)));
  }

  parameters(): Parameters {
    return { weight: this.weight };
  }

  /** Scores of every id by dot product with its row (Press and Wolf 2017: a tied unembedding), [...,width] -> [...,rows]. */
  unembed(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.width) {
      throw invalid(`embedding ${this.name}`, `the last axis must be ${this.width} to unembed`, x.shape);
    }
    return scope(this.name, () => project(x, transpose(this.weight as Tensor2D)));
  }

  protected forward(ids: Tensor): Tensor {
    if (ids.dtype !== "int32") throw invalid(`embedding ${this.name}`, "ids must be int32", ids.dtype);
    this.#checkRange(ids);
    const looked = embeddingLookup(this.weight as Tensor2D, ids);
    return this.padding === undefined ? looked : untrained(looked, ids, this.padding);
  }

  #checkRange(ids: Tensor): void {
    const values = hostValues(ids) ?? [];
    for (let i = 0; i < values.length; i++) {
      const id = values[i] ?? 0;
      if (id < 0 || id >= this.rows) {
        throw invalid(`embedding ${this.name}`, `an id must be from 0 to ${this.rows - 1}`, id);
      }
    }
  }
}

/** The same rows; those of the id `padding` pass no gradient. */
function untrained(looked: Tensor, ids: Tensor, padding: number): Tensor {
  return withGradient([looked], (save) => {
    save([ids]);
    return {
      value: clone(looked),
      gradient: (dy, [saved = ids]) => [mul(dy, expandDims(cast(notEqual(saved, padding), "float32"), -1))],
    };
  });
}
