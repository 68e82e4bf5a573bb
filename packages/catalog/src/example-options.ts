type Options = Readonly<Record<string, unknown>>;

/** What to try a variant with: `usual` at thousands of positions (the demo's widths), `small` at a dozen, where a window of 128 would be everything. */
interface Example {
  readonly usual: Options;
  readonly small: Options;
}

const windows = { usual: { before: 128, after: 128 }, small: { before: 2, after: 2 } };

/** Only variants some of whose options have no default; all others are tried with none given. */
const examples: Readonly<Record<string, Example>> = {
  longformer: windows,
  local: windows,
  blockLocal: {
    usual: { block: 128, lookBackward: 1, lookForward: 1 },
    small: { block: 3, lookBackward: 1, lookForward: 1 },
  },
  bigbird: { usual: { block: 64, random: 3 }, small: { block: 2, random: 1 } },
  // Over blocks of a tile's width: token by token, every tile of a stride holds some pair and runs.
  strided: { usual: { stride: 4, block: 64 }, small: { stride: 3 } },
  fixed: { usual: { stride: 4, summary: 1, block: 64 }, small: { stride: 4, summary: 1 } },
  linformer: { usual: { rank: 128, sharing: "headwise" }, small: { rank: 4, sharing: "headwise" } },
  nystromformer: { usual: { landmarks: 64 }, small: { landmarks: 4 } },
  bahdanau: { usual: { units: 64 }, small: { units: 6 } },
  luong: { usual: { score: "general" }, small: { score: "general" } },
  performer: {
    usual: { features: 256, map: "positive", orthogonal: true },
    small: { features: 16, map: "positive", orthogonal: true },
  },
};

/** Options for a variant of the catalogue where a user names none. */
export function exampleOptions(name: string, size: keyof Example): Options {
  return Object.hasOwn(examples, name) ? (examples[name]?.[size] ?? {}) : {};
}
