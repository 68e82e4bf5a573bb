import {
  add,
  backend,
  dispose,
  engine,
  type KernelBackend,
  type Tensor4D,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { defineAttention, identity, type Mechanism, parseOptions } from "@attention-lab/attention";
import { z } from "zod";

const schema = z.strictObject({
  fault: z.enum(["none", "lost", "dying", "invalid", "shader", "memory", "hang"]).optional(),
  /** Calls of one process that go well before. */
  after: z.int().optional(),
});
let calls = 0;
const right = identity({});

/** What of TensorFlow.js's WebGPU backend is misused here. */
interface Device extends KernelBackend {
  readonly device: { destroy(): void; createBuffer(options: object): unknown };
  readonly bufferManager: { acquireBuffer(size: number, usage: number): unknown };
  readonly tensorMap: { get(data: object): { readonly resource: { destroy(): void } } };
  runWebGPUProgram(program: object, inputs: TensorInfo[], dtype: string): TensorInfo;
}

/** Identity on WebGPU, with each way in which a device can fail: a fixture of the tests of sweeps. */
export const faulty = defineAttention({
  name: "faulty",
  paper: "none: a fixture of the tests",
  version: 1,
  supports: right.supports,
  parse: (raw) => parseOptions("faulty attention", schema, raw),
  build: ({ fault = "none", after = 0 }): Mechanism => ({
    parameters: {},
    attend({ v }) {
      const doubled = add(v, v) as Tensor4D;
      if (fault === "none" || calls++ < after) return doubled;
      const device = backend() as Device;
      if (fault === "dying") process.kill(process.pid, "SIGSEGV");
      if (fault === "lost") device.device.destroy();
      if (fault === "invalid") device.tensorMap.get(doubled.dataId).resource.destroy();
      if (fault === "memory") for (let i = 0; i < 8; i++) device.bufferManager.acquireBuffer(2 ** 30, 128 + 4);
      if (fault === "shader") return ran(device, "let broken: f32 = nothing(index);", doubled);
      if (fault === "hang")
        return ran(device, "var x = 1.0; while (x > 0.5) { x = fract(x * 7.1) + 0.6; } y = x;", doubled);
      return add(doubled, 1) as Tensor4D;
    },
  }),
  cost: (_options, site, lengths) => right.cost(site, lengths),
});

/** Runs a program of TensorFlow.js's kind over every element of `x`. */
function ran(device: Device, statements: string, x: Tensor4D): Tensor4D {
  const program = {
    dispatch: [Math.ceil(x.size / 64), 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] },
    outputShape: x.shape,
    shaderKey: statements,
    size: true,
    variableNames: ["A"],
    workgroupSize: [64, 1, 1],
    getUserCode: () => `
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        var y = A[index];
        ${statements}
        result[index] = y;
      }`,
  };
  const made = device.runWebGPUProgram(program, [x], "float32");
  dispose(x);
  return engine().makeTensorFromTensorInfo(made) as Tensor4D;
}
