import { type Tensor, type Tensor2D, transpose, type Variable } from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@attention-lab/ops";
import { invalid, positiveInteger, project, randomNormal, scope } from "@attention-lab/tensors";
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
}

/** A table [rows, width] read by id: int32 ids [...] -> [...,width]. `unembed` uses the same table to score every id. */
export class Embedding extends Layer<[ids: Tensor], Tensor> {
  readonly rows: number;
  readonly width: number;
  readonly weight: Variable;

  constructor({ name, rows, width, seed, deviation }: EmbeddingOptions) {
    super(name);
    this.rows = positiveInteger(`embedding ${name}`, "rows", rows);
    this.width = positiveInteger(`embedding ${name}`, "width", width);
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
    return embeddingLookup(this.weight as Tensor2D, ids);
  }
}
