import {
  add,
  clone,
  concat,
  memory,
  mul,
  removeBackend,
  reshape,
  reverse,
  setBackend,
  slice,
  type Tensor,
  tensor1d,
  tidy,
  transpose,
  variable,
} from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EngineBackend } from "../src/engine-backend.ts";
import { peakBytes } from "../src/peak-bytes.ts";
import { registerEngine } from "../src/register.ts";
import { type PlainEngine, plainEngine } from "./plain-engine.ts";

let plain: PlainEngine;
let backend: EngineBackend;

beforeEach(async () => {
  plain = plainEngine();
  backend = registerEngine(plain);
  await setBackend("attn-wasm");
});
afterEach(async () => {
  expect(backend.numDataIds()).toBe(0);
  expect(backend.meter.live).toBe(0);
  await setBackend("cpu");
  removeBackend("attn-wasm");
  // dispose() emptied the pool, so every array went back to the engine.
  expect(plain.heap.live).toBe(0);
});

const ramp = (n: number) => tensor1d(Float32Array.from({ length: n }, (_, i) => i));
const numbers = (x: Tensor) => Array.from(x.dataSync());
/** Fills the pool's buffers of this length with other numbers. */
const overwrite = (n: number) => tidy(() => void Array.from({ length: 8 }, () => mul(ramp(n), -7)));

test("what dataSync handed out survives disposal and reuse of the buffer", () => {
  const x = ramp(16);
  const y = add(x, 1);
  const held = y.dataSync();
  y.dispose();
  overwrite(16);
  expect(held[3]).toBe(4);
  x.dispose();
});

test("writing into what data() handed out does not change the tensor", async () => {
  const y = tidy(() => add(ramp(4), 1));
  (await y.data()).fill(9);
  expect(numbers(y)).toEqual([1, 2, 3, 4]);
  y.dispose();
});

test("the caller's own array is never written, released or kept alive by the pool", () => {
  const mine = Float32Array.of(1, 2, 3, 4);
  const x = tensor1d(mine);
  const y = add(x, 1);
  x.dispose();
  y.dispose();
  overwrite(4);
  expect(Array.from(mine)).toEqual([1, 2, 3, 4]);
});

test("clones and reshapes share a buffer until the last of them goes", () => {
  const x = tidy(() => add(ramp(6), 1));
  const twin = clone(x);
  const grid = reshape(x, [2, 3]);
  x.dispose();
  overwrite(6);
  expect(numbers(twin)).toEqual([1, 2, 3, 4, 5, 6]);
  twin.dispose();
  overwrite(6);
  expect(numbers(grid)).toEqual([1, 2, 3, 4, 5, 6]);
  grid.dispose();
});

test("an identity transpose shares, any other copies", () => {
  const x = tidy(() => reshape(add(ramp(6), 0), [2, 3]));
  const same = transpose(x, [0, 1]);
  const turned = transpose(x, [1, 0]);
  expect(memory().numDataBuffers).toBe(2);
  x.dispose();
  expect(numbers(same)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(numbers(turned)).toEqual([0, 3, 1, 4, 2, 5]);
  same.dispose();
  turned.dispose();
});

test("a slice outlives its tensor", () => {
  const x = tidy(() => add(ramp(8), 0));
  const part = slice(x, 2, 3);
  x.dispose();
  overwrite(8);
  expect(numbers(part)).toEqual([2, 3, 4]);
  part.dispose();
});

test("a stock kernel's view of a pooled buffer is copied, a copy of its own is left alone", () => {
  const x = tidy(() => add(ramp(8), 0));
  const values = backend.values(x);
  const view = backend.makeTensorInfo([4], "float32", values.subarray(2, 6));
  const apart = backend.makeTensorInfo([4], "float32", Float32Array.from(values.subarray(2, 6)));
  const before = backend.data.get(apart.dataId).values;
  for (const output of [view, apart]) backend.detach(output, x);
  x.dispose();
  overwrite(8);
  expect(Array.from(backend.readSync(view.dataId) as Float32Array)).toEqual([2, 3, 4, 5]);
  expect(backend.data.get(apart.dataId).values).toBe(before);
  for (const output of [view, apart]) backend.disposeIntermediateTensorInfo(output);
});

test("entries beside each other in one heap are not views of each other", () => {
  const [x, y] = tidy(() => [add(ramp(4), 0), add(ramp(4), 0)]);
  const neighbour = backend.data.get(y.dataId).values;
  backend.detach(y, x);
  expect(backend.data.get(y.dataId).values).toBe(neighbour);
  x.dispose();
  y.dispose();
});

test("stock kernels read pooled tensors and their results enter the heap when a kernel needs them", () => {
  const y = tidy(() => add(reverse(add(ramp(5), 1)), 10));
  expect(numbers(y)).toEqual([15, 14, 13, 12, 11]);
  y.dispose();
});

test("a variable keeps its value when it is assigned and when the assigned tensor goes", () => {
  const first = tidy(() => add(ramp(3), 1));
  const v = variable(first);
  first.dispose();
  const second = tidy(() => add(ramp(3), 5));
  v.assign(second);
  second.dispose();
  overwrite(3);
  expect(numbers(v)).toEqual([5, 6, 7]);
  v.dispose();
});

test("a loop of equal steps allocates nothing after the first", () => {
  const x = ramp(64);
  const step = () => tidy(() => void concat([mul(add(x, 1), 2), add(x, 3)]));
  step();
  const idle = backend.pool.idleBytes;
  const held = plain.heap.live;
  for (let i = 0; i < 50; i++) step();
  expect(plain.heap.live).toBe(held);
  expect(backend.pool.idleBytes).toBe(idle);
  x.dispose();
});

test("peakBytes counts what lives at once above the level at reset", () => {
  const x = ramp(256);
  const peak = peakBytes();
  peak.reset();
  expect(peak.read()).toBe(0);
  const y = add(x, x); // + 1024
  const z = add(y, y); // + 1024
  y.dispose();
  expect(peak.read()).toBe(2048);
  const w = reshape(z, [16, 16]); // shares z's bytes
  z.dispose();
  expect(peak.read()).toBe(2048);
  w.dispose();
  peak.reset();
  tidy(() => void add(add(add(x, x), x), x)); // three live inside the tidy
  expect(peak.read()).toBe(3072);
  x.dispose();
});

test("tensors move between backends with their values", async () => {
  const x = tidy(() => add(ramp(4), 1));
  await setBackend("cpu");
  const y = add(x, 1);
  expect(numbers(y)).toEqual([2, 3, 4, 5]);
  x.dispose();
  y.dispose();
  await setBackend("attn-wasm");
});
