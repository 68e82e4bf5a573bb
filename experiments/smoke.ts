import { defineExperiment } from "@attention-lab/sweep";

/** The demo's shape in miniature, for tests and continuous integration: it says nothing about cost. */
export default defineExperiment({
  name: "smoke",
  question: "Does every part of a sweep work here?",
  baseline: "full",
  variants: [
    { name: "full", implementation: "fused" },
    { name: "performer", features: 16, map: "positive", orthogonal: true },
    { name: "longformer", before: 8, after: 8, dilation: 1 },
    { name: "linformer", rank: 8, sharing: "headwise" },
    { name: "identity" },
  ],
  lengths: [32, 64, 128],
  phases: ["forward", "step"],
  heads: 2,
  headDim: 8,
  warmups: 1,
  repeats: 3,
  seed: 1,
  timeLimitSeconds: 60,
});
