import { type Attention, identity } from "@attention-lab/attention";
import type { TestkitOptions } from "@attention-lab/attention/testkit";
import { full } from "@attention-lab/attention-full";
import { efficient, linear } from "@attention-lab/attention-linear";
import { blockLocal, local } from "@attention-lab/attention-local";
import { longformer } from "@attention-lab/attention-longformer";
import { linformer, nystromformer } from "@attention-lab/attention-low-rank";
import { performer } from "@attention-lab/attention-performer";
import { retention } from "@attention-lab/attention-retention";
import { bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { bigbird, type BlockLayout, blockSparse, fixed, sparse, strided } from "@attention-lab/attention-sparse";
import { efficientOracle, oracleOf as linearOracle } from "../../../packages/attention-linear/test/oracle.ts";
import { nystromformerOracle } from "../../../packages/attention-low-rank/test/nystromformer-oracle.ts";
import { oracle as linformerOracle } from "../../../packages/attention-low-rank/test/oracle.ts";
import { oracleOf as longformerOracle } from "../../../packages/attention-longformer/test/oracle.ts";
import { oracleOf as performerOracle } from "../../../packages/attention-performer/test/oracle.ts";
import { oracleOf as retentionOracle } from "../../../packages/attention-retention/test/oracle.ts";
import { bahdanauOracle, luongOracle } from "../../../packages/attention-seq2seq/test/oracle.ts";

/** Options of a small Performer that exact sums can follow. */
export const positive = { features: 16, map: "positive", orthogonal: true, epsilon: 1e-6, keySumEpsilon: 0 } as const;
const relu = { features: 16, map: "relu", orthogonal: true, epsilon: 1e-3, keySumEpsilon: 0 } as const;
const window = longformer({ before: 3, after: 2 });
const globals = longformer({ before: 2, after: 2, global: true });
const landmarks = { landmarks: 4, convolution: 5 };
const blocks = [0, 1, 2, 3, 4, 5];
const layout: BlockLayout = [
  blocks.map((row) => blocks.map((column) => (row !== 3 && (row * column) % 4 < 2 ? 1 : 0))),
];
/** Every variant, in forms small enough for the testkit on any backend. */
export const variants: [string, Attention, TestkitOptions][] = [
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
