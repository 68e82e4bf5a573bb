import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Binding, type Program, sourceOf, uniformBytes } from "./program.ts";
import type { CheckedWebGPUBackend } from "./webgpu-backend.ts";

/** Keyed by the code itself, so that no two programs can be taken for each other. */
const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** A new tensor of the backend that a program will fill. */
export function output(backend: CheckedWebGPUBackend, shape: readonly number[]): TensorInfo {
  return backend.makeTensorInfo([...shape], "float32");
}

/**
 * Records a program behind the backend's other commands. The backend's own `runWebGPUProgram` binds one output only, so this does the same
 * with any number: hence the elements of the backend that TypeScript calls private.
 */
export function runProgram(backend: CheckedWebGPUBackend, program: Program): void {
  if (program.workgroups === 0) return;
  const counted = { ...program, uniforms: { ...program.uniforms, workgroups: ["i32", program.workgroups] as const } };
  const pipeline = pipelineOf(backend.device, counted);
  const buffers = counted.bindings.map(({ of }) => bufferOf(backend, of));
  const uniforms = uniformBuffer(backend, counted.uniforms);
  const group = backend.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [...buffers, uniforms].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  for (const { of } of counted.bindings) if ("dataId" in of) backend["commandQueueOwnedIds"].add(of.dataId);
  record(backend, pipeline, group, counted);
}

function bufferOf(backend: CheckedWebGPUBackend, of: Binding["of"]): GPUBuffer {
  return "dataId" in of ? backend.bufferOf(of) : of;
}

function uniformBuffer(backend: CheckedWebGPUBackend, uniforms: Program["uniforms"]): GPUBuffer {
  const bytes = uniformBytes(uniforms);
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM;
  const buffer = backend.bufferManager.acquireBuffer(bytes.byteLength, usage);
  backend.queue.writeBuffer(buffer, 0, bytes);
  backend["uniformPendingDisposal"].push(buffer);
  return buffer;
}

function pipelineOf(device: GPUDevice, program: Program): GPUComputePipeline {
  const { name, bindings } = program;
  const most = device.limits.maxStorageBuffersPerShaderStage;
  if (bindings.length > most) {
    throw new RangeError(
      `webgpu ${name}: the adapter must bind ${bindings.length} storage buffers at once for these options, got a limit of ${most}`,
    );
  }
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  const code = sourceOf(program);
  const found = known.get(code);
  if (found !== undefined) return found;
  // Not "auto", which leaves out the buffers that one variant of the code does not read.
  const types = bindings.map(({ access }) =>
    access === "read" ? ("read-only-storage" as const) : ("storage" as const),
  );
  const layout = device.createBindGroupLayout({
    entries: [...types, "uniform" as const].map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
  const pipeline = device.createComputePipeline({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code, label: name }), entryPoint: "main" },
  });
  known.set(code, pipeline);
  return pipeline;
}

/** Commands are submitted in batches, as the backend does its own. */
const batch = 15;

function record(
  backend: CheckedWebGPUBackend,
  pipeline: GPUComputePipeline,
  group: GPUBindGroup,
  { name, workgroups }: Program,
): void {
  backend.ensureCommandEncoderReady();
  const timers = backend["activeTimers"] as { name: string; query: Promise<number> }[] | undefined;
  const timed = timers !== undefined && timers !== null;
  if (timed) backend.endComputePassEncoder();
  const encoder = backend["commandEncoder"];
  const pass = backend["computePassEncoder"] ?? encoder.beginComputePass(timed ? timestamps(backend) : {});
  backend["computePassEncoder"] = pass;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  const most = backend.device.limits.maxComputeWorkgroupsPerDimension;
  const across = Math.min(workgroups, most);
  pass.dispatchWorkgroups(across, Math.ceil(workgroups / across));
  backend["dispatchCountInPass"]++;
  if (!timed && backend["dispatchCountInPass"] < batch) return;
  backend.endComputePassEncoder();
  if (timed) timers.push({ name, query: backend.getQueryTime() });
  else backend.submitQueue();
}

/** Where the backend's own `time` expects the two timestamps of a pass. */
function timestamps(backend: CheckedWebGPUBackend): GPUComputePassDescriptor {
  if (!backend["supportTimestampQuery"]) return {};
  backend["querySet"] ??= backend.device.createQuerySet({ type: "timestamp", count: backend["querySetCount"] });
  const querySet = backend["querySet"];
  return { timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } };
}
