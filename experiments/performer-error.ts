import { defineStudy } from "@attention-lab/sweep";

const figure = {
  metric: "meanSquaredError",
  over: "attention.features",
  by: ["attention.map", "attention.orthogonal"],
  xScale: "log",
  yScale: "log",
  xLabel: "random features",
  yLabel: "mean squared error of the output",
} as const;

/**
 * Figure 4 of Choromanski et al. 2021 (Rethinking Attention with Performers), smaller. The squared error falls like 1/features, so the error like
 * 1/sqrt(features); orthogonal directions lie below independent ones; positive features lie far below trigonometric ones where attention is sharp and most of
 * its weights are small, and above them where it is nearly even.
 */
export default defineStudy({
  name: "performer-error",
  question: "How does Performer's error fall with the number of random features?",
  program: "approximation-error",
  parameters: {
    attention: { name: "performer" },
    spread: [0.4, 1],
    "attention.features": "2^4..2^10",
    "attention.map": ["positive", "trigonometric"],
    "attention.orthogonal": [true, false],
    length: 512,
    headDim: 16,
    samples: 15,
  },
  seeds: [1, 2, 3],
  limits: { seconds: 300 },
  figures: [
    {
      ...figure,
      where: { spread: 0.4 },
      title: "Performer's error where attention is nearly even (q and k of deviation 0.4)",
    },
    {
      ...figure,
      where: { spread: 1 },
      title: "Performer's error where most weights are small (q and k of deviation 1)",
    },
  ],
});
