import { linformer } from "@attention-lab/attention-low-rank";
import { type Adapter, type Bound, program } from "../adapter.ts";
import { asStored } from "../bound.ts";
import { NotCovered } from "../config-reader.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";

/** lucidrains' linformer: one projection for all heads (headwise); `share_kv` makes the values equal to the keys. */
export const linformerAdapter: Adapter = (config) => {
  config.described("B", "N", "M", "dim", "projection", "shorter_input");
  config.expect("causal", (causal) => causal === false);
  config.expect("scale", (scale) => scale === "1/sqrt(dim_head)");
  const heads = config.number("heads");
  const rank = config.number("k");
  const keysAreValues = config.flag("share_kv");
  const sharing = keysAreValues ? "key-value" : "headwise";
  const replay = replayLayer({
    attention: linformer({ rank, sharing }),
    heads,
    keyValueHeads: config.flag("one_kv_head") ? 1 : heads,
    headDim: config.number("dim_head"),
    length: config.number("seq_len"),
  });
  const { parameters } = replay.mechanism;
  const bound = keysAreValues
    ? { proj_k: asStored(parameters["projection"]) }
    : { proj_k: asStored(parameters["key.projection"]), proj_v: asStored(parameters["value.projection"]) };
  if (Object.values(bound).includes(undefined)) throw new NotCovered("a length projection of another shape");
  return program(
    (tensors) => {
      const key = torchWeights(tensors, "to_k");
      return replay.run(
        { query: tensors["x"]!, ...(tensors["context"] === undefined ? {} : { key: tensors["context"] }) },
        {
          query: torchWeights(tensors, "to_q"),
          key,
          value: keysAreValues ? key : torchWeights(tensors, "to_v"),
          output: torchWeights(tensors, "to_out"),
        },
      );
    },
    { bound: bound as Record<string, Bound> },
  );
};
