import { setBackend } from "@tensorflow/tfjs-core";
import { type Attention, identity } from "@attention-lab/attention";
import { testAttention, type TestkitOptions } from "@attention-lab/attention/testkit";
import { full } from "@attention-lab/attention-full";
import { efficient, linear } from "@attention-lab/attention-linear";
import { blockLocal, local } from "@attention-lab/attention-local";
import { longformer } from "@attention-lab/attention-longformer";
import { linformer, nystromformer } from "@attention-lab/attention-low-rank";
import { performer } from "@attention-lab/attention-performer";
import { retention } from "@attention-lab/attention-retention";
import { bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { bigbird, type BlockLayout, blockSparse, fixed, sparse, strided } from "@attention-lab/attention-sparse";
import { peakBytes, useBackend } from "@attention-lab/backends";
import { counted, describeEngines, loadEngine } from "@attention-lab/kernels";
import { beforeAll, describe, expect, test } from "vitest";
import { efficientOracle, oracleOf as linearOracle } from "../../../packages/attention-linear/test/oracle.ts";
import { nystromformerOracle } from "../../../packages/attention-low-rank/test/nystromformer-oracle.ts";
import { oracle as linformerOracle } from "../../../packages/attention-low-rank/test/oracle.ts";
import { oracleOf as longformerOracle } from "../../../packages/attention-longformer/test/oracle.ts";
import { oracleOf as performerOracle } from "../../../packages/attention-performer/test/oracle.ts";
import { oracleOf as retentionOracle } from "../../../packages/attention-retention/test/oracle.ts";
import { bahdanauOracle, luongOracle } from "../../../packages/attention-seq2seq/test/oracle.ts";
import { adapters } from "../src/adapters.ts";
import { readGoldenFolder } from "../src/golden-case.ts";
import { runCase } from "../src/run-case.ts";

// The variants' own tests run on the stock cpu backend; here the same testkit and the same golden cases run on the kernels.

const positive = { features: 16, map: "positive", orthogonal: true, epsilon: 1e-6, keySumEpsilon: 0 } as const;
const relu = { features: 16, map: "relu", orthogonal: true, epsilon: 1e-3, keySumEpsilon: 0 } as const;
const window = longformer({ before: 3, after: 2 });
const globals = longformer({ before: 2, after: 2, global: true });
const landmarks = { landmarks: 4, convolution: 5 };
const blocks = [0, 1, 2, 3, 4, 5];
const layout: BlockLayout = [
  blocks.map((row) => blocks.map((column) => (row !== 3 && (row * column) % 4 < 2 ? 1 : 0))),
];
const variants: [string, Attention, TestkitOptions][] = [
  ["bahdanau", bahdanau({ units: 5, bias: true }), { oracle: bahdanauOracle }],
  ["bigbird", bigbird({ block: 2, random: 1 }), { width: 2 }],
  ["block-local", blockLocal({ block: 4, lookBackward: 1, lookForward: 1 }), { width: 4 }],
  ["block-sparse", blockSparse({ block: 4, layout }), { width: 4, costLengths: [12, 24] }],
  ["efficient", efficient({}), { oracle: efficientOracle }],
  ["fixed", fixed({ stride: 6, summary: 2, subblocks: 2 }), { width: 6 }],
  ["full", full({}), {}],
  ["identity", identity({}), {}],
  ["linear", linear({}), { oracle: linearOracle({ epsilon: 1e-6 }) }],
  ["local", local({ before: 3, after: 0 }), { width: 3 }],
  ["longformer", window, { width: 2, oracle: longformerOracle(window) }],
  ["longformer with global tokens", globals, { oracle: longformerOracle(globals), globals: [[0, 9], [5]] }],
  ["linformer", linformer({ rank: 3, sharing: "none" }), { oracle: linformerOracle, width: 3 }],
  ["luong, general", luong({ score: "general" }), { oracle: luongOracle({ score: "general" }) }],
  ["luong, concat", luong({ score: "concat" }), { oracle: luongOracle({ score: "concat" }) }],
  ["nystromformer", nystromformer(landmarks), { oracle: nystromformerOracle(landmarks), width: 4 }],
  ["performer, positive", performer(positive), { oracle: performerOracle(positive) }],
  ["performer, relu", performer(relu), { oracle: performerOracle(relu) }],
  ["retention", retention({ chunk: 4 }), { oracle: retentionOracle(), width: 4 }],
  ["retention, parallel", retention({ form: "parallel" }), { oracle: retentionOracle() }],
  ["sparse", sparse({ visible: (query, key) => (query + key) % 3 !== 0 || query === key }), { width: 3 }],
  ["strided", strided({ stride: 3, share: "split" }), { width: 3 }],
];

const available = (await describeEngines()).filter((engine) => engine.available).map(({ name }) => name);

describe.each(available)("on the %s engine", (engine) => {
  beforeAll(async () => {
    const { tfBackend } = await useBackend(engine);
    await setBackend(tfBackend);
  });

  test.each(variants)("%s passes the testkit", async (_, attention, options) => {
    const findings = await testAttention(attention, options);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  });

  test.each(
    readGoldenFolder(new URL("../../../golden", import.meta.url).pathname).map(
      (golden) => [golden.id, golden] as const,
    ),
  )("golden case %s does not fail", async (_, golden) => {
    const { status, because } = await runCase(golden, adapters[golden.feature]);
    expect(status === "failed" ? because : status).toMatch(/^(passed|deviates|not covered)$/);
  });
});

// Declared operations are what the mathematics needs; the kernels run panels of 48 queries, whose window is up to 47 keys wider than one
// query's: that is the tolerance of windows, widest for a causal one of 129, and panels that cross a block see what both blocks see.
const wide = longformer({ before: 128, after: 128 });
const costs: [string, Attention, TestkitOptions][] = [
  ["bahdanau", bahdanau({ units: 16 }), { oracle: bahdanauOracle, costTolerance: { flops: 0.05, peakBytes: 0.05 } }],
  ["bigbird", bigbird({ block: 64, random: 2 }), { costTolerance: { flops: 0.25, peakBytes: 0.05 } }],
  [
    "block-local",
    blockLocal({ block: 128, lookBackward: 1, lookForward: 1 }),
    { costTolerance: { flops: 0.2, peakBytes: 0.05 } },
  ],
  ["efficient", efficient({}), { oracle: efficientOracle, costTolerance: { flops: 0.05, peakBytes: 0.05 } }],
  ["fixed", fixed({ stride: 4, summary: 1, block: 64 }), { costTolerance: { flops: 0.2, peakBytes: 0.05 } }],
  ["full", full({}), { costTolerance: { flops: 0.1, peakBytes: 0.05 } }],
  ["identity", identity({}), { costTolerance: { flops: 0, peakBytes: 0.05 } }],
  ["linear", linear({}), { oracle: linearOracle({ epsilon: 1e-6 }), costTolerance: { flops: 0.05, peakBytes: 0.05 } }],
  ["local", local({ before: 128, after: 128 }), { costTolerance: { flops: 0.3, peakBytes: 0.05 } }],
  ["longformer", wide, { oracle: longformerOracle(wide), costTolerance: { flops: 0.3, peakBytes: 0.05 } }],
  [
    "linformer",
    linformer({ rank: 128, sharing: "none" }),
    { oracle: linformerOracle, costTolerance: { flops: 0.1, peakBytes: 0.1 } },
  ],
  [
    "nystromformer",
    nystromformer({ landmarks: 64 }),
    { oracle: nystromformerOracle({ landmarks: 64 }), costTolerance: { flops: 0.05, peakBytes: 0.05 } },
  ],
  [
    "nystromformer with a convolution", // whose blocks it fills up
    nystromformer({ landmarks: 64, convolution: 33 }),
    {
      oracle: nystromformerOracle({ landmarks: 64, convolution: 33 }),
      costTolerance: { flops: 0.25, peakBytes: 0.05 },
    },
  ],
  [
    "performer",
    performer({ ...positive, features: 64 }),
    { oracle: performerOracle(positive), costTolerance: { flops: 0.05, peakBytes: 0.05 } },
  ],
  ["strided", strided({ stride: 4, block: 64 }), { costTolerance: { flops: 0.25, peakBytes: 0.05 } }],
  ["retention", retention({}), { oracle: retentionOracle(), costTolerance: { flops: 0.01, peakBytes: 0.05 } }],
];

describe.runIf(available.includes("native"))(
  "declared cost against what the native engine ran and the backend allocated",
  () => {
    test.each(costs)("%s", async (_, attention, options) => {
      await useBackend("native");
      const engine = counted(await loadEngine("native"));
      const findings = await testAttention(attention, {
        only: /^cost/,
        site: { heads: 2, keyValueHeads: 2, headDim: 32, valueDim: 32, maxLength: 1024 },
        costLengths: [1024],
        ...options,
        peakBytes: peakBytes(),
        count(run) {
          engine.reset();
          run();
          return { multiplyAdds: engine.multiplyAdds };
        },
      });
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(findings.filter(({ check }) => check.includes("as counted")).length).toBeGreaterThan(0);
    });
  },
);
