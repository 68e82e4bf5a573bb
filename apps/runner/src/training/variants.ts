import type { Attention } from "@attention-lab/attention";
import { attentionFromConfig } from "@attention-lab/catalog";
import type { PositionEncoding } from "@attention-lab/models";
import { positionFrom } from "./defaults.ts";
import type { Run } from "./run.ts";
import type { SystemOptions } from "./system.ts";

/** Each layer's variant, built anew for each so that none shares what another learns. */
export function variantsOf(
  { attention, model: { layers = 1 } }: Run,
  { watch }: SystemOptions,
  before = "",
  after = "",
): Attention[] {
  const list = attention.length === 1 ? Array.from({ length: layers }, () => attention[0]) : attention;
  return list.map((config, layer) => {
    const variant = attentionFromConfig(config);
    return watch?.around(`${before}layer ${layer + 1}${after}`, variant) ?? variant;
  });
}

/** The options that all Transformers share. */
export function transformerOptions({ model, position }: Run, maxLength: number) {
  const {
    heads = 4,
    dModel = 128,
    feedForward = 4 * dModel,
    norm = "pre",
    activation = "geluErf",
    dropout = 0,
  } = model;
  const {
    kind: _,
    layers = 1,
    cell: _c,
    bidirectional: _b,
    reverseSource: _r,
    attend: _a,
    inputFeeding: _i,
    ...rest
  } = model;
  const encoding: PositionEncoding | undefined = positionFrom(position);
  return {
    ...defined(rest),
    layers,
    heads,
    dModel,
    feedForward,
    norm,
    activation,
    dropout,
    maxLength: Math.max(maxLength, model.maxLength ?? 0),
    ...(encoding === undefined ? {} : { position: encoding }),
  };
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the keys that are there but undefined. */
function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
}
