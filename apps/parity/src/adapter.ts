import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { ConfigReader } from "./config-reader.ts";
import type { GoldenCase, GoldenTensor } from "./golden-case.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * A case on the automatic-differentiation path: the function gets every real-valued input and parameter as float32 tensors and
 * returns outputs by their golden names. The harness compares them, and gradients against the case's cotangents.
 */
export interface TensorProgram {
  readonly kind: "tensors";
  run(tensors: Tensors): Tensors;
  /** Golden parameters that live in variables of our own: assigned before the run, and differentiated in the golden's place. */
  readonly bound: Readonly<Record<string, Bound>>;
  /** Outputs that are inputs given back, or another convention's answer to the same question: not ours to reproduce. */
  readonly notOurs: readonly string[];
}
/** One golden parameter, which may be packed of several of ours (query, key and value in one matrix). */
export interface Bound {
  readonly variables: readonly Variable[];
  /** Golden values in the layout of each variable. */
  readonly stored: (values: Tensor) => Tensor[];
  /** Gradients of the variables in the golden layout. */
  readonly golden: (gradients: Tensor[]) => Tensor;
}
/** A case computed on the host (schedules, filters, fits): outputs by golden name, compared as they are. */
export interface HostProgram {
  readonly kind: "host";
  run(): Readonly<Record<string, ArrayLike<number>>> | Promise<Readonly<Record<string, ArrayLike<number>>>>;
  readonly notOurs: readonly string[];
}
export type Program = TensorProgram | HostProgram;

/** Turns a case into a program by calling public APIs: no mathematics of its own. May throw NotCovered or Deviates. */
export type Adapter = (config: ConfigReader, golden: GoldenCase) => Program | Promise<Program>;

export function program(
  run: TensorProgram["run"],
  { bound = {}, notOurs = [] }: { bound?: TensorProgram["bound"]; notOurs?: readonly string[] } = {},
): TensorProgram {
  return { kind: "tensors", run, bound, notOurs };
}
export function hostProgram(run: HostProgram["run"], notOurs: readonly string[] = []): HostProgram {
  return { kind: "host", run, notOurs };
}

/** A tensor of the case by name. */
export function golden(of: GoldenCase, name: string): GoldenTensor {
  const found = of.tensors[name];
  if (found === undefined) throw new Error(`parity: ${of.id} has no tensor "${name}"`);
  return found;
}
