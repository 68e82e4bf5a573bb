import type { Tensor3D } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { BlockStack, TransformerBlock } from "@attention-lab/models";
import { type Adapter, type Bound, program } from "../adapter.ts";
import { asStored } from "../bound.ts";
import { bindings, torchDecoder, torchEncoder, torchShape } from "./blocks.ts";
import { maskOf } from "../mask-of.ts";

/** torch.nn.TransformerDecoderLayer: self-attention, attention to a memory, feed-forward. */
export const decoderLayerAdapter: Adapter = (config, case_) => {
  config.described("B", "order", "layout");
  const maxLength = Math.max(config.number("N"), config.number("M"));
  const block = new TransformerBlock({
    ...torchShape(config),
    name: case_.id,
    maxLength,
    causal: config.flag("causal_self_attention"),
    attention: full({}),
    crossAttention: full({}),
    dropout: 0,
    seed: 0,
  });
  const memoryPadding = maskOf(case_, "memory_padding_mask", true);
  const keyPadding = maskOf(case_, "padding_mask", true) ?? maskOf(case_, "tgt_padding_mask", true);
  return program(
    ({ x, memory }) => ({
      output: block.call(x as Tensor3D, {
        memory: memory as Tensor3D,
        ...(memoryPadding === undefined ? {} : { memoryPadding }),
        ...(keyPadding === undefined ? {} : { keyPadding }),
      }),
    }),
    { bound: bindings(block.parameters(), torchDecoder) },
  );
};

/** torch.nn.Transformer: both stacks, each with a norm after it whatever the place of the others. */
export const transformerAdapter: Adapter = (config, case_) => {
  config.described("B", "note", "layout");
  const shape = {
    ...torchShape(config),
    maxLength: Math.max(config.number("src_len"), config.number("tgt_len")),
    dropout: 0,
    finalNorm: true,
    seed: 0,
  };
  const variants = (count: number) => Array.from({ length: count }, () => full({}));
  const [encoderLayers, decoderLayers] = [config.number("num_encoder_layers"), config.number("num_decoder_layers")];
  const encoder = new BlockStack({ ...shape, name: "encoder", causal: false, attentions: variants(encoderLayers) });
  const decoder = new BlockStack({
    ...shape,
    name: "decoder",
    causal: config.flag("causal_target"),
    attentions: variants(decoderLayers),
    crossAttentions: variants(decoderLayers),
  });
  const sourcePadding = maskOf(case_, "src_padding_mask", true);
  const targetPadding = maskOf(case_, "tgt_padding_mask", true);
  return program(
    ({ src, tgt }) => {
      const memory = encoder.call(src as Tensor3D, sourcePadding === undefined ? {} : { keyPadding: sourcePadding });
      const padding = {
        ...(sourcePadding === undefined ? {} : { memoryPadding: sourcePadding }),
        ...(targetPadding === undefined ? {} : { keyPadding: targetPadding }),
      };
      return { output: decoder.call(tgt as Tensor3D, { memory, ...padding }) };
    },
    { bound: { ...stackBindings(encoder, "encoder"), ...stackBindings(decoder, "decoder") } },
  );
};

function stackBindings(stack: BlockStack, side: "encoder" | "decoder"): Record<string, Bound> {
  const names = side === "encoder" ? torchEncoder : torchDecoder;
  const blocks = stack.blocks.map((block, i) => bindings(block.parameters(), names, `${side}.layers.${i}.`));
  const { "norm.weight": weight, "norm.bias": bias } = stack.parameters();
  const norm = { [`${side}.norm.weight`]: asStored(weight) as Bound, [`${side}.norm.bias`]: asStored(bias) as Bound };
  return Object.assign({}, ...blocks, norm) as Record<string, Bound>;
}
