import { defineStudy } from "@attention-lab/sweep";

/** The curve that motivated attention (Bahdanau et al. 2015, figure 2), on copying letters: a fixed vector loses long sources. */
export default defineStudy({
  name: "seq2seq-length",
  question: "How does a recurrent model's accuracy depend on the source's length, with and without attention?",
  program: "training",
  parameters: {
    label: ["fixed context", "Bahdanau", "Luong"],
    attention: [[], { name: "bahdanau" }, { name: "luong", score: "general" }],
    task: { name: "copy", symbols: 10, shortest: 1, length: 30, batchSize: 32 },
    model: { kind: "recurrent", cell: "gru", layers: 1, dModel: 64 },
    optimizer: { name: "adam" },
    schedule: { name: "cosine", learningRate: 0.003, warmup: 50 },
    clipNorm: 1,
    steps: 800,
    evaluate: { at: [5, 10, 15, 20, 25, 30], options: ["length", "shortest"], batches: 4 },
  },
  zip: [["label", "attention"]],
  seeds: [1, 2],
  limits: { seconds: 1200 },
  figures: [
    {
      metric: "accuracy",
      over: "x",
      by: ["label"],
      title: "Copying letters with a GRU: the fixed-length vector forgets long sources, attention does not",
      xLabel: "letters in the source",
      yLabel: "share of letters right, given those before",
    },
    { metric: "trainingLoss", over: "x", by: ["label"], yLabel: "training loss, nats per letter", xLabel: "step" },
  ],
});
