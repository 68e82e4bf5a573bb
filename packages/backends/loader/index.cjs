// Copied beside TensorFlow's libraries by `attn backend install tensorflow`. Gives the caller's TensorFlow.js the backend
// "tensorflow": tfjs-node's, on the binding in this folder. CommonJS, since tfjs-node is.
const path = require("node:path");
const util = require("node:util");

/** `tfjs` is the caller's @tensorflow/tfjs: tfjs-node must register its kernels there, and not in a copy. */
module.exports = function loadTensorflow(tfjs) {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // errors only; read once, when the library loads
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true"; // don't take all of a GPU's memory at once
  // tfjs-node calls these two in every operation; Node 23 removed them.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  globalThis[Symbol.for("attention-lab.tfjs")] = tfjs; // for tfjs-shim.cjs
  const binding = require(path.join(__dirname, "tfjs_binding.node"));
  if (!tfjs.findBackendFactory("tensorflow")) {
    require("./package/dist/register_all_kernels");
    const { NodeJSKernelBackend } = require("./package/dist/nodejs_kernel_backend");
    tfjs.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu"), 0);
    repairRound(tfjs);
  }
  return { version: binding.TF_Version, gpu: binding.isUsingGpuDevice() };
};

/** TensorFlow 2.18 to 2.21 round an int32 tensor to zeros; it is whole already. */
function repairRound(tfjs) {
  const round = tfjs.getKernel("Round", "tensorflow");
  const identity = tfjs.getKernel("Identity", "tensorflow");
  const kernelFunc = (call) => (call.inputs.x.dtype === "int32" ? identity : round).kernelFunc(call);
  tfjs.unregisterKernel("Round", "tensorflow");
  tfjs.registerKernel({ ...round, kernelFunc });
}
