import type { Site } from "../contract.ts";
import type { Tolerance } from "./grid.ts";
import type { Oracle } from "./oracle.ts";

/** What the kernels of a run did. */
export interface Done {
  readonly multiplyAdds: number;
  /** (query, key) pairs in the tiles of scores that ran, over all heads and batch rows, hidden ones included. */
  readonly pairs?: number;
}

export interface TestkitOptions {
  /** Runs only the checks whose name matches. */
  readonly only?: RegExp;
  /**
   * The variant's definition in float64; absent: softmax over the pattern that the variant declares. "none" where there is neither: outputs are
   * then held against their shape and themselves, gradients against differences of the variant's own outputs.
   */
  readonly oracle?: Oracle | "none";
  /** Changes to the site that the checks build at: heads 2, headDim 4, valueDim 3, maxLength 24, dModel 8. */
  readonly site?: Partial<
    Pick<Site, "heads" | "keyValueHeads" | "headDim" | "valueDim" | "maxLength" | "scale" | "dModel">
  >;
  /** The variant's own granularity (window, block, rank): lengths one below, at and one above it are tried. */
  readonly width?: number;
  /** Global tokens, one list per batch row (the checks use two rows): one more check, not causal, with them. */
  readonly globals?: readonly (readonly number[])[];
  readonly tolerance?: { readonly output?: Tolerance; readonly gradient?: Tolerance };
  /** Runs the function and returns the multiply-adds of the kernels which it ran: the measure that `cost().flops` is held against. */
  readonly count?: (run: () => void) => Done | Promise<Done>;
  /** Bytes alive above the reset point, at their peak: the measure that `cost().peakBytes` is held against. */
  readonly peakBytes?: { reset(): void; read(): number };
  /** Lengths at which cost is measured; [64, 128]. */
  readonly costLengths?: readonly number[];
  /** Largest relative difference between declared and measured cost; 0.25 of either. Tiles make measured cost lumpy. */
  readonly costTolerance?: { readonly flops?: number; readonly peakBytes?: number };
}
