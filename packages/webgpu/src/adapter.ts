import { presentWebGPU, webgpu } from "./dawn.ts";
import { noAdapter } from "./look-first.ts";

/** What computes here, in the words of its driver. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Driver, as far as Dawn tells. */
  readonly description: string;
  /** Whether the processor plays the graphics card (SwiftShader, lavapipe): right numbers, no figures. */
  readonly software: boolean;
  /** The optional features that matter here: timestamp-query, shader-f16, subgroups, chromium-experimental-subgroup-matrix. */
  readonly features: readonly string[];
  /** Bytes of the largest buffer that a kernel can read. */
  readonly maxBytes: number;
}

/** What the kernels need; WebGPU promises the last three of every adapter. */
const needed = {
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
} as const;

/** Limits that are asked for as large as the adapter has them. */
const raised = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Products of matrices by subgroups, as Dawn names them while they are an experiment. */
export const matrixFeature = "chromium-experimental-subgroup-matrix";

const usefulFeatures = ["timestamp-query", "shader-f16", "subgroups", matrixFeature] as const;

/** The adapter that will be used. Throws an Error whose sentence says what was found and what to do. */
export async function findAdapter(): Promise<GPUAdapter> {
  const gpu = await webgpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error(noAdapter);
  checkLimits(adapter.limits, describe(adapter));
  return adapter;
}

/** Throws a sentence for the first limit that is too small. */
export function checkLimits(
  limits: Readonly<Record<keyof typeof needed, number>>,
  { description, device }: Pick<AdapterReport, "description" | "device">,
): void {
  for (const [name, least] of Object.entries(needed)) {
    const got = limits[name as keyof typeof needed];
    if (got < least) {
      throw new Error(
        `adapter ${description || device}: ${name} must be at least ${least}, got ${got}; use another adapter or driver`,
      );
    }
  }
}

/** A device with all that the adapter offers of what is used here. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: usefulFeatures.filter((name) => adapter.features.has(name)) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(raised.map((name) => [name, adapter.limits[name]])),
  });
}

/** Whether shaders have subgroups whose numbers they know, which is a feature of the language and not of the device. */
export function countsSubgroups({ features }: Pick<GPUDevice, "features">): boolean {
  const gpu = presentWebGPU() as { readonly wgslLanguageFeatures?: ReadonlySet<string> } | undefined;
  return features.has("subgroups") && gpu?.wgslLanguageFeatures?.has("subgroup_id") === true;
}

export function describe(adapter: GPUAdapter): AdapterReport {
  const { vendor, architecture, device, description } = infoOf(adapter);
  const named = `${architecture} ${device} ${description}`;
  return {
    vendor,
    architecture,
    device,
    description,
    software: /swiftshader|llvmpipe|lavapipe|basic render/i.test(named),
    features: usefulFeatures.filter((name) => adapter.features.has(name)),
    maxBytes: adapter.limits.maxStorageBufferBindingSize,
  };
}

/** The types that TensorFlow.js's backend brings are older than this property. */
export function infoOf(adapter: GPUAdapter): GPUAdapterInfo {
  return (adapter as unknown as { readonly info: GPUAdapterInfo }).info;
}

/** What this machine offers, for reports; throws the same sentences as starting would. */
export async function describeAdapter(): Promise<AdapterReport> {
  return describe(await findAdapter());
}
