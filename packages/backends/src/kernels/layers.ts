import type { GeluForm } from "@attention-lab/ops";
import { fusedKernel, type Kernels } from "../kernel.ts";
import { at, lastOf, sizeOf } from "../shapes.ts";

const geluOperation = (form: GeluForm) => (form === "erf" ? ("geluErf" as const) : ("geluTanh" as const));

export const layerKernels: Kernels = {
  FusedLinear: fusedKernel("FusedLinear", ({ x, w, b, residual }, { activation }, backend) => {
    const [inputs, outputs] = [at(w.shape, 0), at(w.shape, 1)];
    const shape = [...x.shape.slice(0, -1), outputs];
    const y = backend.output(shape);
    const pre = activation === undefined ? undefined : backend.output(shape);
    backend.engine.gemm({
      m: sizeOf(x.shape) / inputs,
      n: outputs,
      k: inputs,
      a: backend.values(x),
      b: backend.values(w),
      c: backend.values(y),
      ...(b !== undefined && { bias: backend.values(b) }),
      ...(residual !== undefined && { residual: backend.values(residual) }),
      ...(activation !== undefined && { activation }),
      ...(pre !== undefined && { pre: backend.values(pre) }),
    });
    return pre === undefined ? [y] : [y, pre];
  }),

  FusedLinearGrad: fusedKernel("FusedLinearGrad", ({ x, w, pre, dy }, { activation, hasBias }, backend) => {
    const [inputs, outputs] = [at(w.shape, 0), at(w.shape, 1)];
    const rows = sizeOf(x.shape) / inputs;
    const [dx, dw] = [backend.output(x.shape), backend.output(w.shape)];
    const db = hasBias ? backend.output([outputs]) : undefined;
    const { engine } = backend;
    const backward = (g: Float32Array): void => {
      engine.gemm({
        m: rows,
        n: inputs,
        k: outputs,
        transposeB: true,
        a: g,
        b: backend.values(w),
        c: backend.values(dx),
      });
      engine.gemm({
        m: inputs,
        n: outputs,
        k: rows,
        transposeA: true,
        a: backend.values(x),
        b: g,
        c: backend.values(dw),
      });
      if (db !== undefined) engine.reduceColumns(rows, outputs, 1, g, backend.values(db));
    };
    const gradient = backend.values(dy);
    if (pre === undefined || activation === undefined) backward(gradient);
    else {
      backend.withScratch(rows * outputs, (g) => {
        engine.unaryGradient(activation, backend.values(pre), gradient, g);
        backward(g);
      });
    }
    return db === undefined ? [dx, dw] : [dx, dw, db];
  }),

  FusedLayerNorm: fusedKernel("FusedLayerNorm", ({ x, gamma, beta }, { epsilon }, backend) => {
    const columns = lastOf(x.shape);
    const rows = sizeOf(x.shape) / columns;
    const [y, statistics] = [backend.output(x.shape), backend.output([rows, 2])];
    const [weight, shift] = [backend.values(gamma), backend.values(beta)];
    const [out, kept] = [backend.values(y), backend.values(statistics)];
    backend.engine.layerNorm(rows, columns, epsilon, backend.values(x), weight, shift, out, kept);
    return [y, statistics];
  }),

  FusedLayerNormGrad: fusedKernel("FusedLayerNormGrad", ({ x, gamma, statistics, dy }, _attrs, backend) => {
    const columns = lastOf(x.shape);
    const [dx, dGamma, dBeta] = [backend.output(x.shape), backend.output([columns]), backend.output([columns])];
    backend.engine.layerNormGradient(
      sizeOf(x.shape) / columns,
      columns,
      backend.values(x),
      backend.values(gamma),
      backend.values(statistics),
      backend.values(dy),
      backend.values(dx),
      backend.values(dGamma),
      backend.values(dBeta),
    );
    return [dx, dGamma, dBeta];
  }),

  Gelu: fusedKernel("Gelu", ({ x }, { form }, backend) => {
    const y = backend.output(x.shape);
    backend.engine.unary(geluOperation(form), backend.values(x), backend.values(y));
    return [y];
  }),

  GeluGrad: fusedKernel("GeluGrad", ({ x, dy }, { form }, backend) => {
    const dx = backend.output(x.shape);
    backend.engine.unaryGradient(geluOperation(form), backend.values(x), backend.values(dy), backend.values(dx));
    return [dx];
  }),
};
