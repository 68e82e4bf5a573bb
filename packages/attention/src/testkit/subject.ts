import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention, Call, Mechanism, Site } from "../contract.ts";
import { type Grid, normalGrid, read, release, type Tolerance, toTensor } from "./grid.ts";
import { type Oracle, type OracleCall, patternOracle } from "./oracle.ts";
import type { TestkitOptions } from "./options.ts";

/** What every check needs: the variant, its oracle, a site to start from and the tolerances. */
export interface Subject {
  readonly attention: Attention;
  /** Undefined where a variant is held against itself alone. */
  readonly oracle: Oracle | undefined;
  readonly site: Site;
  readonly options: TestkitOptions;
  readonly output: Tolerance;
  readonly gradient: Tolerance;
}

/** A variant built at a site, with its variables and constants read back in float64. */
export interface Built {
  readonly site: Site;
  readonly mechanism: Mechanism;
  readonly parameters: Readonly<Record<string, Grid>>;
  readonly constants: Readonly<Record<string, Grid>>;
}

export interface Inputs {
  readonly q: Grid;
  readonly k: Grid;
  readonly v: Grid;
  readonly input: Grid;
  readonly keyPadding?: Grid;
  readonly globals?: readonly (readonly number[])[];
  readonly queryOffset: number;
}

export const batch = 2;

export function subjectOf(attention: Attention, options: TestkitOptions): Subject {
  const headDim = options.site?.headDim ?? 4;
  const site: Site = {
    heads: 2,
    keyValueHeads: options.site?.heads ?? 2,
    headDim,
    valueDim: 3,
    scale: 1 / Math.sqrt(headDim),
    maxLength: 24,
    dModel: 8,
    causal: false,
    dropout: 0,
    seed: 7,
    ...options.site,
  };
  return {
    attention,
    oracle: options.oracle === "none" ? undefined : (options.oracle ?? patternOracle(attention)),
    site,
    options,
    output: options.tolerance?.output ?? { relative: 1e-4, absolute: 1e-5 },
    gradient: options.tolerance?.gradient ?? { relative: 1e-3, absolute: 1e-4 },
  };
}

/** Normal inputs for a self-attention of `queries` positions, or a cross-attention to `keys`. */
export function inputsFor(site: Site, queries: number, keys: number = queries, seed = 1): Inputs {
  return {
    q: normalGrid(4 * seed, [batch, site.heads, queries, site.headDim]),
    k: normalGrid(4 * seed + 1, [batch, site.keyValueHeads, keys, site.headDim]),
    v: normalGrid(4 * seed + 2, [batch, site.keyValueHeads, keys, site.valueDim]),
    input: normalGrid(4 * seed + 3, [batch, queries, site.dModel ?? site.heads * site.headDim]),
    queryOffset: 0,
  };
}

/** Builds, runs the body, and frees what the mechanism declares as its own. */
export async function withBuilt<T>({ attention }: Subject, site: Site, body: (built: Built) => Promise<T>): Promise<T> {
  const mechanism = attention.build(site);
  const constants = mechanism.constants ?? {};
  try {
    return await body({
      site,
      mechanism,
      parameters: await readAll(mechanism.parameters),
      constants: await readAll(constants),
    });
  } finally {
    release([...Object.values(mechanism.parameters), ...Object.values(constants)]);
  }
}

async function readAll(tensors: Readonly<Record<string, { shape: number[]; data(): Promise<ArrayLike<number>> }>>) {
  const grids: Record<string, Grid> = {};
  for (const [name, each] of Object.entries(tensors)) {
    grids[name] = { shape: [...each.shape], values: Float64Array.from(await each.data()) };
  }
  return grids;
}

/** The inputs as tensors; for use inside a scope. */
export function callOf(inputs: Inputs, phase: { training?: boolean; step?: number } = {}): Call {
  const input = toTensor(inputs.input) as Tensor3D;
  return {
    q: toTensor(inputs.q) as Tensor4D,
    k: toTensor(inputs.k) as Tensor4D,
    v: toTensor(inputs.v) as Tensor4D,
    input: () => input,
    ...(inputs.keyPadding === undefined ? {} : { keyPadding: toTensor(inputs.keyPadding) as Tensor2D }),
    ...(inputs.globals === undefined ? {} : { globals: inputs.globals }),
    queryOffset: inputs.queryOffset,
    training: phase.training ?? false,
    step: phase.step ?? 0,
  };
}

/** The mechanism's answer, [B,H,N,Dv]. */
export async function attend(
  built: Built,
  inputs: Inputs,
  phase: { training?: boolean; step?: number } = {},
): Promise<Grid> {
  const [output] = await read("testkit attend", () => [built.mechanism.attend(callOf(inputs, phase))]);
  if (output === undefined) throw new Error("testkit: attend must return a tensor, got nothing");
  return output;
}

/** The same inputs as the oracle takes them. */
export function oracleCall(
  built: Built,
  inputs: Inputs,
  extra: Pick<OracleCall, "bias" | "relative"> = {},
): OracleCall {
  return { site: built.site, ...inputs, parameters: built.parameters, constants: built.constants, ...extra };
}

/** Sites to check at: not causal, and causal where it is supported. */
export function sitesOf({ attention, site }: Subject): Site[] {
  return attention.supports.causal === true ? [site, { ...site, causal: true }] : [site];
}

export function causally(site: Site): string {
  return site.causal ? "causal" : "not causal";
}
