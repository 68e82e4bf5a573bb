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
export interface PositionEncoding {
  readonly name: string;
  build(site: PositionSite): Position;
}

/** A position encoding before its options are chosen: what the catalogue lists. */
export interface PositionVariant<Name extends string = string, O = unknown> {
  (options: O): PositionEncoding;
  readonly position: Name;
  readonly paper: string;
  /** Reads options from a config; throws one sentence for an unknown key or a bad value. */
  readonly parse: (raw: unknown) => O;
}

export interface PositionDefinition<Name extends string, O> {
  readonly name: Name;
  readonly paper: string;
  readonly parse: (raw: unknown) => O;
  build(options: O, site: PositionSite): Position;
}

/** Makes a position variant of its definition, as `defineAttention` does for attention. */
export function definePosition<const Name extends string, O>(
  definition: PositionDefinition<Name, O>,
): PositionVariant<Name, O> {
  const { name, paper, parse } = definition;
  const make = (options: O): PositionEncoding => ({ name, build: (site) => definition.build(options, site) });
  return Object.assign(make, { position: name, paper, parse });
}
