import { defineStudy } from "@attention-lab/sweep";

const rope = { name: "rope" };
const scaled = (kind: string, more = {}) => ({ name: "rope", scaling: { kind, factor: 8, ...more } });

/** Trained at 128 tokens, evaluated up to 1024 (Press et al. 2022, figure 1; RoPE's scalings are applied after training). */
export default defineStudy({
  name: "length-extrapolation",
  question: "Which position encodings still work on sequences longer than any in training?",
  program: "training",
  parameters: {
    label: ["learned", "sinusoidal", "T5", "ALiBi", "RoPE", "RoPE linear", "RoPE NTK", "RoPE YaRN"],
    position: [
      { name: "learned" },
      { name: "sinusoidal" },
      { name: "t5", direction: "causal" },
      { name: "alibi" },
      rope,
      rope,
      rope,
      rope,
    ],
    "evaluate.position": [
      null,
      null,
      null,
      null,
      null,
      scaled("linear"),
      scaled("ntk"),
      scaled("yarn", { originalLength: 128 }),
    ],
    attention: { name: "full" },
    task: { name: "moby-dick", length: 128, batchSize: 16 },
    model: { kind: "decoder", layers: 2, dModel: 128, heads: 4, maxLength: 1024 },
    schedule: { name: "cosine", learningRate: 0.002, warmup: 30 },
    steps: 300,
    evaluate: { at: [128, 256, 512, 1024], batches: 4, batchSize: 4 },
  },
  zip: [["label", "position", "evaluate.position"]],
  seeds: [1],
  limits: { seconds: 1200 },
  figures: [
    {
      metric: "bitsPerByte",
      over: "x",
      by: ["label"],
      xScale: "log",
      title: "Trained on 128 bytes of context, read with up to 1024",
      xLabel: "bytes of context",
      yLabel: "bits per byte of Moby-Dick, held out",
    },
  ],
});
