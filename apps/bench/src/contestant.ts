/** One operation at one size, in terms that every contestant understands. All are float32. */
export type Case =
  | { readonly kind: "attention"; readonly length: number; readonly causal: boolean; readonly backward: boolean }
  | { readonly kind: "gemm"; readonly m: number; readonly n: number; readonly k: number };

/** Whoever can be timed on a case. `time` runs it once and resolves to its seconds. */
export interface Contestant {
  readonly name: string;
  time(of: Case): Promise<number>;
  close(): void;
}

export const attentionShape = { batch: 1, heads: 4, headDim: 64 } as const;

/** Operations of a case; a multiply-add counts as two. Backward forms five products where forward forms two. */
export function operations(of: Case): number {
  if (of.kind === "gemm") return 2 * of.m * of.n * of.k;
  const pairs = attentionShape.batch * attentionShape.heads * of.length ** 2 * (of.causal ? 0.5 : 1);
  return 4 * attentionShape.headDim * pairs * (of.backward ? 3.5 : 1);
}

export function label(of: Case): string {
  if (of.kind === "gemm") return `matmul ${of.m} x ${of.k} x ${of.n}`;
  return `attention ${of.length}${of.causal ? " causal" : ""}${of.backward ? " step" : " forward"}`;
}
