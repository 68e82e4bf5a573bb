import { defineExperiment } from "@attention-lab/sweep";

/** One attention layer on this machine: five variants, 256 to 8192 tokens. `npm run demo` measures it. */
export default defineExperiment({
  name: "demo",
  question: "At which length do Performer, Longformer and Linformer overtake full attention?",
  baseline: "full",
  variants: [
    { name: "full", implementation: "fused" },
    { name: "performer", features: 256, map: "positive", orthogonal: true },
    { name: "longformer", before: 128, after: 128, dilation: 1 },
    { name: "linformer", rank: 128, sharing: "headwise" },
    { name: "identity" },
  ],
  lengths: [256, 512, 1024, 2048, 4096, 8192],
  phases: ["forward", "step"],
  batch: 1,
  heads: 4,
  headDim: 64,
  causal: false,
  warmups: 1,
  repeats: 5,
  seed: 1,
  timeLimitSeconds: 120,
});
