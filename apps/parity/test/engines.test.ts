import { type Attention, identity } from "@attention-lab/attention";
import { testAttention, type TestkitOptions } from "@attention-lab/attention/testkit";
import { full } from "@attention-lab/attention-full";
import { efficient, linear } from "@attention-lab/attention-linear";
import { blockLocal, local } from "@attention-lab/attention-local";
import { longformer } from "@attention-lab/attention-longformer";
import { linformer, nystromformer } from "@attention-lab/attention-low-rank";
import { performer } from "@attention-lab/attention-performer";
import { retention } from "@attention-lab/attention-retention";
import { bahdanau } from "@attention-lab/attention-seq2seq";
import { bigbird, fixed, strided } from "@attention-lab/attention-sparse";
import { peakBytes, useBackend } from "@attention-lab/backends";
import { counted, loadEngine } from "@attention-lab/kernels";
import { beforeAll, describe, expect, test } from "vitest";
import { efficientOracle, oracleOf as linearOracle } from "../../../packages/attention-linear/test/oracle.ts";
import { nystromformerOracle } from "../../../packages/attention-low-rank/test/nystromformer-oracle.ts";
import { oracle as linformerOracle } from "../../../packages/attention-low-rank/test/oracle.ts";
import { oracleOf as longformerOracle } from "../../../packages/attention-longformer/test/oracle.ts";
import { oracleOf as performerOracle } from "../../../packages/attention-performer/test/oracle.ts";
import { oracleOf as retentionOracle } from "../../../packages/attention-retention/test/oracle.ts";
import { bahdanauOracle } from "../../../packages/attention-seq2seq/test/oracle.ts";
import { adapters } from "../src/adapters.ts";
import { readGoldenFolder } from "../src/golden-case.ts";
import { runCase } from "../src/run-case.ts";
import { positive, variants } from "./small-variants.ts";
import { engines, testedBackends, useTested } from "./tested-backends.ts";

// The variants' own tests run on the stock cpu backend; here the same testkit and the same golden cases run on the kernels.

describe.each(testedBackends)("on %s", (name) => {
  beforeAll(() => useTested(name));

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

describe.runIf(engines.includes("native"))(
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
