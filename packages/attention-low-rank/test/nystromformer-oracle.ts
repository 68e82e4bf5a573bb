import {
  at,
  dot,
  type Grid,
  gridOf,
  keyHead,
  type Oracle,
  type OracleCall,
  rowsOf,
} from "@attention-lab/attention/testkit";
import type { NystromformerOptions } from "../src/index.ts";

type Row = Float64Array;

/** Nystromformer in float64, one batch row and head at a time: the segments are those of the rows that `padding` leaves. */
export function nystromformerOracle(options: NystromformerOptions): Oracle {
  const { landmarks, iterations = 6, padding = "absent" } = options;
  return (call) => {
    const { q, k, v, site, keyPadding } = call;
    const [batch = 0, heads = 0, length = 0] = q.shape;
    const width = v.shape[3] ?? 0;
    const real = (b: number) =>
      Array.from({ length }, (_, j) => keyPadding === undefined || at(keyPadding, b, j) === 1);
    const segments = Array.from({ length: batch }, (_, b) => segmentsOf(real(b), landmarks, padding));
    const kernel = (rows: readonly Row[], columns: readonly Row[]) =>
      rows.map((row) => softmax(columns.map((column) => site.scale * dot(row, column))));
    const means = (x: Grid, b: number, h: number) => (segments[b] ?? []).map((own) => meanOf(rowsOf(x, b, h), own));
    const middle = (b: number, h: number) => kernel(means(q, b, h), means(k, b, keyHead(site, h)));

    const pairs = Array.from({ length: batch * heads }, (_, i) => [Math.floor(i / heads), i % heads] as const);
    const norms = pairs.map(([b, h]) => columnNorm(middle(b, h)));
    const out = gridOf([batch, heads, length, width], () => 0);
    for (const [index, [b, h]] of pairs.entries()) {
      const kh = keyHead(site, h);
      const seen = real(b);
      const visible = <T>(rows: readonly T[]) => rows.filter((_, j) => seen[j] === true);
      const norm = options.initialisation === "per-batch" ? Math.max(...norms) : (norms[index] ?? 1);
      const inverse = inverseOf(middle(b, h), norm, iterations);
      const summary = times(kernel(means(q, b, h), visible(rowsOf(k, b, kh))), visible(rowsOf(v, b, kh)));
      const answers = times(kernel(rowsOf(q, b, h), means(k, b, kh)), times(inverse, summary));
      for (let i = 0; i < length; i++) {
        for (let d = 0; d < width; d++) {
          const kept = (j: number) => (padding === "third-kernel" || seen[j] === true ? at(v, b, kh, j, d) : 0);
          const own = answers[i]?.[d] ?? 0;
          out.values[((b * heads + h) * length + i) * width + d] = own + convolved(call, kh, i, kept);
        }
      }
    }
    return out;
  };
}

/** Lists of positions: the first n mod L have one more than the others. Lists without a real position are left out. */
function segmentsOf(real: readonly boolean[], landmarks: number, padding: string): number[][] {
  const all = real.map((_, j) => j);
  const positions = padding === "absent" ? all.filter((j) => real[j] === true) : all;
  const count = Math.min(landmarks, positions.length);
  const [short, longer] = [Math.floor(positions.length / count), positions.length % count];
  const lists = Array.from({ length: count }, (_, l) => {
    const begin = l * short + Math.min(l, longer);
    return positions.slice(begin, begin + short + (l < longer ? 1 : 0));
  });
  return padding === "by-position"
    ? lists.map((list) => list.filter((j) => real[j] === true)).filter((list) => list.length > 0)
    : lists;
}

function meanOf(rows: readonly Row[], positions: readonly number[]): Row {
  const total = new Float64Array(rows[0]?.length ?? 0);
  for (const j of positions) rows[j]?.forEach((value, d) => (total[d] = (total[d] ?? 0) + value / positions.length));
  return total;
}

function softmax(scores: readonly number[]): Row {
  const top = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
  return Float64Array.from(scores, (score) => Math.exp(score - top) / total);
}

function times(a: readonly Row[], b: readonly Row[]): Row[] {
  const width = b[0]?.length ?? 0;
  return a.map((row) =>
    Float64Array.from({ length: width }, (_, d) => row.reduce((sum, x, j) => sum + x * (b[j]?.[d] ?? 0), 0)),
  );
}

function columnNorm(a: readonly Row[]): number {
  return Math.max(...a.map((_, j) => a.reduce((sum, row) => sum + (row[j] ?? 0), 0)));
}

/** Z (13 I - A Z (15 I - A Z (7 I - A Z))) / 4, with the identity written out. */
function inverseOf(a: readonly Row[], norm: number, iterations: number): Row[] {
  const minus = (x: number, m: readonly Row[]) => m.map((row, i) => row.map((value, j) => (i === j ? x : 0) - value));
  let z = a.map((_, i) => Float64Array.from(a, (row) => (row[i] ?? 0) / norm));
  for (let i = 0; i < iterations; i++) {
    const az = times(a, z);
    z = times(z, minus(13, times(az, minus(15, times(az, minus(7, az)))))).map((row) => row.map((value) => value / 4));
  }
  return z;
}

function convolved({ parameters, q }: OracleCall, head: number, i: number, value: (j: number) => number): number {
  const filter = parameters["convolution"];
  if (filter === undefined) return 0;
  const size = filter.shape[1] ?? 0;
  const length = q.shape[2] ?? 0;
  let sum = 0;
  for (let t = 0; t < size; t++) {
    const j = i + t - (size - 1) / 2;
    if (j >= 0 && j < length) sum += at(filter, head, t) * value(j);
  }
  return sum;
}
