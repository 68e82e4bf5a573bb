import type { Position } from "@attention-lab/attention";

/** Where a position encoding is used: known when a model is built. */
export interface PositionSite {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  /** Positions are 0 ... maxLength - 1. */
  readonly maxLength: number;
  readonly seed: number;
}

/** A position encoding with its options chosen. */
export interface PositionEncoding<P extends Position = Position> {
  readonly name: string;
  /** Whether every layer builds one of its own; absent: one serves them all. */
  readonly perLayer?: boolean;
  build(site: PositionSite): P;
}

/** A position encoding before its options are chosen: what the catalogue lists. */
export interface PositionVariant<Name extends string = string, O = unknown, P extends Position = Position> {
  (options: O): PositionEncoding<P>;
  readonly position: Name;
  readonly paper: string;
  /** Reads options from a config; throws one sentence for an unknown key or a bad value. */
  readonly parse: (raw: unknown) => O;
}

export interface PositionDefinition<Name extends string, O, P extends Position = Position> {
  readonly name: Name;
  readonly paper: string;
  readonly parse: (raw: unknown) => O;
  /** Whether these options give every layer one of its own; absent: never. */
  readonly perLayer?: (options: O) => boolean;
  build(options: O, site: PositionSite): P;
}

/** Makes a position variant of its definition, as `defineAttention` does for attention. */
export function definePosition<const Name extends string, O, P extends Position>(
  definition: PositionDefinition<Name, O, P>,
): PositionVariant<Name, O, P> {
  const { name, paper, parse, perLayer } = definition;
  const make = (options: O): PositionEncoding<P> => ({
    name,
    ...(perLayer === undefined ? {} : { perLayer: perLayer(options) }),
    build: (site) => definition.build(options, site),
  });
  return Object.assign(make, { position: name, paper, parse });
}
