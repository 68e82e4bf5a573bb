/** One line per variant: to add yours, add its line here (and the package to this package's dependencies). */
export { full } from "@attention-lab/attention-full";
export { identity } from "@attention-lab/attention";
export { efficient, linear } from "@attention-lab/attention-linear";
export { blockLocal, local } from "@attention-lab/attention-local";
export { linformer, nystromformer } from "@attention-lab/attention-low-rank";
export { longformer } from "@attention-lab/attention-longformer";
export { performer } from "@attention-lab/attention-performer";
export { retention } from "@attention-lab/attention-retention";
export { bahdanau, luong } from "@attention-lab/attention-seq2seq";
export { bigbird, blockSparse, fixed, strided } from "@attention-lab/attention-sparse";
