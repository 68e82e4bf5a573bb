import { tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Call, Mechanism, Site } from "@attention-lab/attention";
import { normalValues, scope } from "@attention-lab/tensors";

export interface Attended {
  readonly queries: number;
  readonly keys?: number;
  /** Adds 1 to keys and values at this position. */
  readonly nudge?: number;
  /** Makes the query at this position NaN. */
  readonly nanAt?: number;
  readonly keyPadding?: Call["keyPadding"];
}

/** The output [1,H,N,Dv] of a mechanism at normal inputs, as rows by head. */
export function attendNormal(mechanism: Mechanism, site: Site, options: Attended): number[][][] {
  const { queries, keys = queries, nudge = -1, nanAt = -1, keyPadding } = options;
  const draw = (seed: number, shape: [number, number, number, number], change: (position: number) => number) => {
    const [, , length, width] = shape;
    const values = normalValues(seed, shape[1] * length * width);
    return tensor(
      values.map((value, i) => value + change(Math.floor(i / width) % length)),
      shape,
    ) as Tensor4D;
  };
  const nudged = (position: number) => (position === nudge ? 1 : 0);
  const output = scope("test", () =>
    mechanism.attend({
      q: draw(1, [1, site.heads, queries, site.headDim], (position) => (position === nanAt ? Number.NaN : 0)),
      k: draw(2, [1, site.keyValueHeads, keys, site.headDim], nudged),
      v: draw(3, [1, site.keyValueHeads, keys, site.valueDim], nudged),
      input() {
        throw new Error("a pattern has no use for the layer's input");
      },
      ...(keyPadding === undefined ? {} : { keyPadding }),
      queryOffset: 0,
      training: false,
      step: 0,
    }),
  );
  const rows = output.arraySync()[0] as number[][][];
  output.dispose();
  return rows;
}

/** Whether each query's row of some head moves when keys and values at a position change. */
export function movedRows(mechanism: Mechanism, site: Site, length: number, position: number): boolean[] {
  const before = attendNormal(mechanism, site, { queries: length });
  const after = attendNormal(mechanism, site, { queries: length, nudge: position });
  return Array.from({ length }, (_, query) =>
    before.some((rows, head) => rows[query]!.some((x, d) => Math.abs(x - after[head]![query]![d]!) > 1e-6)),
  );
}
