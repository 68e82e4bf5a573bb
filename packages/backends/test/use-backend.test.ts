import { add, getBackend, matMul, memory, ones, setBackend, tidy } from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BackendReport, backendNames, describeBackends, peakBytes, useBackend } from "../src/index.ts";
import { engineNames } from "./engines.ts";

const environment = process.env["ATTN_ENGINE"];
beforeEach(() => void delete process.env["ATTN_ENGINE"]);
afterEach(() => setBackend("cpu"));
afterAll(() => void (environment !== undefined && (process.env["ATTN_ENGINE"] = environment)));

const computes = () => tidy(() => Array.from(matMul(ones([2, 3]), ones([3, 2])).dataSync()));

test("at least one engine runs here, or the suites of this folder would test nothing", () =>
  expect(engineNames.length).toBeGreaterThan(0));

test("auto takes the best engine, and says why each earlier one was passed over", async () => {
  const report = await useBackend();
  expect(getBackend()).toBe(report.tfBackend);
  const order = ["native", "wasm", "cpu"];
  expect(report.rejected.map(({ name }) => name)).toEqual(order.slice(0, order.indexOf(report.name)));
  for (const { why } of report.rejected) expect(why).toMatch(/\w+ \w+/);
  expect(report.name).toBe(engineNames.includes("native") ? "native" : (engineNames[0] ?? "cpu"));
  expect(computes()).toEqual([3, 3, 3, 3]);
});

describe.each(engineNames)("the %s engine", (name) => {
  test("is taken by name and described", async () => {
    const report: BackendReport = await useBackend(name);
    expect(report).toMatchObject({ name, tfBackend: `attn-${name}`, engine: name, rejected: [] });
    expect(report.instructionSet).toMatch(/\w/);
    expect(report.threads).toBeGreaterThan(0);
    expect(computes()).toEqual([3, 3, 3, 3]);
  });

  test("takes a thread count, unless tensors live on it", async () => {
    expect((await useBackend(name, { threads: 1 })).threads).toBe(1);
    expect((await useBackend(name, { threads: 2 })).threads).toBe(2);
    expect((await useBackend(name)).threads).toBe(2);
    const held = add(1, 1);
    await expect(useBackend(name, { threads: 1 })).rejects.toThrow(`backend ${name}: its tensors must be disposed`);
    expect(held.dataSync()[0]).toBe(2);
    held.dispose();
  });

  test("the environment variable names it, an argument beats that", async () => {
    process.env["ATTN_ENGINE"] = name;
    expect((await useBackend()).name).toBe(name);
    expect((await useBackend("cpu")).name).toBe("cpu");
  });
});

test("the stock backends can be asked for", async () => {
  expect(await useBackend("cpu")).toMatchObject({ name: "cpu", tfBackend: "cpu", threads: 1 });
  expect(await useBackend("stock-wasm")).toMatchObject({ name: "stock-wasm", tfBackend: "wasm" });
  expect(computes()).toEqual([3, 3, 3, 3]);
});

test("unknown names get the allowed ones and the near miss", async () => {
  const names = backendNames.join(", ");
  await expect(useBackend("natve")).rejects.toThrow(
    `backend: must be one of ${names}, got "natve" (did you mean "native"?)`,
  );
  process.env["ATTN_ENGINE"] = "cuda";
  await expect(useBackend()).rejects.toThrow(`ATTN_ENGINE: must be one of ${names}, got "cuda"`);
});

test("threads must be a positive integer", () =>
  expect(useBackend("auto", { threads: 0 })).rejects.toThrow("backend: threads must be a positive integer, got 0"));

test("tensorflow computes or says in one line why it cannot", async () => {
  const row = (await describeBackends()).find(({ name }) => name === "tensorflow");
  if (row?.available === true) {
    expect((await useBackend("tensorflow")).tfBackend).toBe("tensorflow");
    expect(computes()).toEqual([3, 3, 3, 3]);
    return;
  }
  expect(row?.why).toMatch(/@tensorflow\/tfjs-node-gpu/);
  expect(row?.why).not.toContain("\n");
  await expect(useBackend("tensorflow")).rejects.toThrow(`backend tensorflow: ${row?.why}`);
});

test("webgpu computes or says in one line what is missing", async () => {
  const row = (await describeBackends()).find(({ name }) => name === "webgpu");
  await expect(useBackend("webgpu", { threads: 2 })).rejects.toThrow("backend webgpu: threads must be 1 or not given");
  if (row?.available !== true) {
    expect(row?.why).toMatch(/npm install webgpu|driver/);
    await expect(useBackend("webgpu")).rejects.toThrow(`backend webgpu: ${row?.why}`);
    return;
  }
  expect((await useBackend("webgpu")).tfBackend).toBe("webgpu");
  const product = matMul(ones([2, 3]), ones([3, 2]));
  expect(Array.from(await product.data())).toEqual([3, 3, 3, 3]);
  product.dispose();
});

test("every backend is described once", async () => {
  const rows = await describeBackends();
  expect(rows.map(({ name }) => name).toSorted()).toEqual(
    ["native", "wasm", "tensorflow", "stock-wasm", "cpu", "webgpu"].toSorted(),
  );
  for (const { why } of rows) expect(why).toMatch(/\w+ \w+/);
});

test.skipIf(engineNames.length === 0)("the example of the README prints what it says", async () => {
  await useBackend();
  const peak = peakBytes();
  const x = ones([512, 512]);
  peak.reset();
  matMul(x, x).dispose();
  expect(peak.read()).toBe(1_048_576);
  x.dispose();
});

test("on a stock backend peakBytes polls", async () => {
  await useBackend("cpu");
  const before = memory().numTensors;
  const peak = peakBytes();
  peak.reset();
  const x = ones([256]);
  expect(peak.read()).toBe(1024);
  x.dispose();
  expect(peak.read()).toBe(0);
  expect(memory().numTensors).toBe(before);
});

describe("precision", () => {
  afterEach(() => void delete process.env["ATTN_PRECISION"]);

  test("float16 is refused by every backend but webgpu", async () => {
    for (const name of ["auto", "cpu"]) {
      await expect(useBackend(name, { precision: "float16" })).rejects.toThrow(
        `backend ${name}: precision must be float32 on every backend but webgpu, got float16`,
      );
    }
  });

  test("the environment variable asks for it", async () => {
    process.env["ATTN_PRECISION"] = "float16";
    await expect(useBackend("cpu")).rejects.toThrow("precision must be float32");
    expect(await useBackend("cpu", { precision: "float32" })).toMatchObject({ name: "cpu" });
    process.env["ATTN_PRECISION"] = "half";
    await expect(useBackend("cpu")).rejects.toThrow('ATTN_PRECISION: must be one of float32, float16, got "half"');
  });
});
