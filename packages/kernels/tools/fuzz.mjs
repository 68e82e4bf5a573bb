// Calls the kernels of every engine 10,000 times with spoiled arguments; a crash ends this process with a signal:
//   node --conditions=@attention-lab/source --import tsx packages/kernels/tools/fuzz.mjs [CALLS] [SEED]
import { engines } from "../test/engines.ts";
import { fuzz } from "../test/fuzz.ts";

const [calls = 10_000, seed = 1] = process.argv.slice(2).map(Number);
for (const { label, load } of engines) {
  const engine = await load();
  const { refused, odd } = fuzz(engine, calls, seed);
  // Large enough for all threads: what a checker of races must see.
  const [a, b, c] = [1, 2, 3].map(() => new Float32Array(300 * 300).fill(0.1));
  for (let i = 0; i < 20; i++) engine.gemm({ m: 300, n: 300, k: 300, a, b, c });
  engine.unary("exp", a, c);
  console.log(`${label}: ${calls} calls, ${refused} refused, ${calls - refused} answered, no crash`);
  for (const line of odd) console.log(`  not a sentence: ${line}`);
}
