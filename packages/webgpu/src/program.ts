import type { TensorInfo } from "@tensorflow/tfjs-core";

type Scalar = "f32" | "i32" | "u32";

/** A buffer that a program reads or writes, by the name that its WGSL uses. */
export interface Binding {
  readonly name: string;
  readonly type: Scalar | "vec2<f32>" | "vec4<f32>";
  readonly access: "read" | "read_write";
  readonly of: TensorInfo | GPUBuffer;
}

/** A compute shader, the buffers it is run on and how many workgroups run it. */
export interface Program {
  /** Names it in timings and in the driver's messages. */
  readonly name: string;
  readonly bindings: readonly Binding[];
  /** WGSL that must come before everything else. */
  readonly directives?: string;
  /** Read as `u.<key>`. */
  readonly uniforms: Readonly<Record<string, readonly [type: Scalar, value: number]>>;
  /** WGSL after the declarations; its entry point is `main`. */
  readonly code: string;
  /** May exceed what one dimension holds: the shader counts them as `workgroup.x + workgroup.y * groups.x`. */
  readonly workgroups: number;
}

export const reads = (name: string, of: Binding["of"], type: Binding["type"] = "f32"): Binding => ({
  name,
  of,
  type,
  access: "read",
});
export const writes = (name: string, of: Binding["of"], type: Binding["type"] = "f32"): Binding => ({
  name,
  of,
  type,
  access: "read_write",
});

/** The whole shader: one declaration per binding, the uniforms, the code. */
export function sourceOf({ directives = "", bindings, uniforms, code }: Program): string {
  const buffers = bindings.map(
    ({ name, access, type }, i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${type}>;`,
  );
  const fields = Object.entries(uniforms).map(([name, [type]]) => `${name}: ${type}`);
  return `${directives}${buffers.join("\n")}
struct Uniforms { ${fields.join(", ")} }
@group(0) @binding(${bindings.length}) var<uniform> u: Uniforms;
${code}`;
}

/** The uniforms as WGSL lays them out: four bytes each, the whole a multiple of 16. */
export function uniformBytes(uniforms: Program["uniforms"]): ArrayBuffer {
  const values = Object.values(uniforms);
  const bytes = new ArrayBuffer(16 * Math.max(1, Math.ceil(values.length / 4)));
  const view = new DataView(bytes);
  values.forEach(([type, value], i) => {
    if (type === "f32") view.setFloat32(4 * i, value, true);
    else if (type === "i32") view.setInt32(4 * i, value, true);
    else view.setUint32(4 * i, value, true);
  });
  return bytes;
}

/** The entry point of a shader whose workgroups are numbered by `index`, below `u.workgroups`; `builtins` are more of its parameters. */
export function entry(size: number, body: string, builtins = ""): string {
  return `@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32${builtins}) {
  let index = i32(workgroup.x + workgroup.y * groups.x);
  let lid = i32(lane);
  if (index >= u.workgroups) { return; }
  ${body}
}`;
}
