import { defineStudy } from "@attention-lab/sweep";

/** Eight ways to attend in one small language model: how well it reads, against what a training step takes. */
export default defineStudy({
  name: "quality-cost",
  question: "What quality does each attention variant lose in a small language model, and what does it save?",
  program: "training",
  parameters: {
    label: ["full", "longformer", "strided", "fixed", "linear", "performer", "retention", "identity"],
    attention: [
      { name: "full" },
      { name: "longformer", before: 64, after: 0 },
      { name: "strided", stride: 32 },
      { name: "fixed", stride: 32, summary: 1 },
      { name: "linear" },
      { name: "performer", features: 64 },
      { name: "retention" },
      { name: "identity" },
    ],
    position: { name: "rope" },
    task: { name: "moby-dick", length: 1024, batchSize: 2 },
    model: { kind: "decoder", layers: 2, dModel: 128, heads: 4 },
    schedule: { name: "cosine", learningRate: 0.002, warmup: 40 },
    steps: 400,
  },
  zip: [["label", "attention"]],
  seeds: [1],
  limits: { seconds: 1200 },
  figures: [
    { metric: "bitsPerByte", over: "time" },
    { metric: "trainingLoss", over: "x", by: ["label"], xLabel: "step", yLabel: "training loss, nats per byte" },
  ],
});
