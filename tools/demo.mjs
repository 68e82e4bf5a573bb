// `npm run demo`: from a fresh clone to cost curves of this machine and a small language model trained on a real book.
//   npm run demo -- --variant longformer      the variant of the language model (default longformer)
import path from "node:path";
import { root, setup } from "./setup.mjs";
import { runFromSource } from "./run.mjs";

const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
const attn = async (title, ...args) => {
  console.log(`\n== ${title}`);
  const code = await runFromSource("apps/runner/src/main.ts", args);
  if (code !== 0) process.exit(code);
};

const at = process.argv.indexOf("--variant");
const variant = at > 0 ? process.argv[at + 1] : "longformer";
const out = path.join("results", "demo");

setup();
console.log(`setup took ${seconds()} s`);
await attn("What this machine offers", "doctor");
await attn(
  "Measuring attention variants as sequences grow (finished work is kept: stop and run again at will)",
  "sweep",
  "experiments/demo.ts",
  "--out",
  out,
);
await attn(
  `Training a small language model on Moby Dick with ${variant} attention`,
  "train",
  "--variant",
  variant,
  "--steps",
  "200", // about half a minute on the native engine, a minute on WebAssembly
  "--out",
  path.join(out, `model-${variant}`),
);
await attn("Where does each variant overtake full attention?", "report", out);
console.log(`\ndemo finished in ${seconds()} s (set-up included); open ${path.join(root, out, "index.html")}`);
