import { logSoftmax, type StopRule } from "../src/index.ts";

interface Setting {
  readonly prompt: number;
  readonly stop: number;
  readonly maxTokens: number;
}
interface Scored {
  readonly ids: number[];
  readonly score: number;
}

/** Every finished sequence of a table model with its log-probability: what a search with enough beams must rank. */
export function allHypotheses(rows: readonly (readonly number[])[], { prompt, stop, maxTokens }: Setting) {
  const ended: { ids: number[]; logProbability: number }[] = [];
  const walk = (ids: number[], logProbability: number) => {
    if (ids.length === maxTokens || ids.at(-1) === stop) {
      ended.push({ ids, logProbability });
      return;
    }
    const next = logSoftmax(Float32Array.from(rows[ids.at(-1) ?? prompt] ?? []));
    for (const [id, step] of next.entries()) walk([...ids, id], logProbability + step);
  };
  walk([], 0);
  return ended;
}

/** Beam search written anew: lists, whole sorts, a score of -1e9 for beams that do not exist yet. Scores are sum / n^alpha. */
export function listSearch(
  rows: readonly (readonly number[])[],
  setting: Setting & { readonly beams: number; readonly alpha: number; readonly stopRule: StopRule },
): Scored[] {
  const { prompt, stop, maxTokens, beams, alpha, stopRule } = setting;
  const logs = rows.map((row) => logSoftmax(Float32Array.from(row)));
  const byScore = (a: Scored, b: Scored) => b.score - a.score;
  let running: Scored[] = Array.from({ length: beams }, (_, beam) => ({ ids: [], score: beam === 0 ? 0 : -1e9 }));
  let done: Scored[] = [];
  for (let n = 1; ; n++) {
    const candidates = running
      .flatMap(({ ids, score }) =>
        Array.from(logs[ids.at(-1) ?? prompt] ?? [], (step, id) => ({ ids: [...ids, id], score: score + step })),
      )
      .sort(byScore)
      .slice(0, 2 * beams);
    const ends = ({ ids }: Scored) => ids.at(-1) === stop || n === maxTokens;
    const fresh = candidates.slice(0, beams).filter(ends);
    done = [...done, ...fresh.map(({ ids, score }) => ({ ids, score: score / n ** alpha }))]
      .sort(byScore)
      .slice(0, beams);
    running = candidates.filter((candidate) => !ends(candidate)).slice(0, beams);
    const length = stopRule === "hopeless" && alpha > 0 ? maxTokens : n;
    const worst = done.length === beams ? (done.at(-1)?.score ?? 0) : -Infinity;
    const hopeless = (running[0]?.score ?? -Infinity) / length ** alpha <= worst;
    if (running.length === 0 || hopeless || (stopRule === "enough" && done.length === beams)) return done;
  }
}
