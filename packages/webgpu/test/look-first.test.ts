import { afterEach, expect, test } from "vitest";
import { lookFirst, noAdapter } from "../src/look-first.ts";

// What another file of this run, or its parent, has found out must not count here.
const found = "ATTN_WEBGPU_FOUND";
const before = process.env[found];
delete process.env[found];
afterEach(() => {
  if (before === undefined) delete process.env[found];
  else process.env[found] = before;
});

test("no driver is said in a sentence, whatever Dawn writes about it", async () => {
  await expect(lookFirst(`console.error("Warning: Couldn't load Vulkan"); console.log("none")`)).rejects.toThrow(
    noAdapter,
  );
});

test("a driver that ends whoever asks it does not end this process", async () => {
  delete process.env[found];
  await expect(lookFirst(`process.kill(process.pid, "SIGSEGV")`)).rejects.toThrow(
    "the WebGPU driver of this machine does not work: it ended the process that asked, SIGSEGV; update or remove it",
  );
  await expect(lookFirst("process.exit(3)")).rejects.toThrow("it ended the process that asked, with exit code 3");
});

test("a driver that never answers is given up", async () => {
  delete process.env[found];
  await expect(lookFirst("setInterval(() => undefined, 1000)", 0.5)).rejects.toThrow("it did not answer within 0.5 s");
});

test("what was found is not looked for again, here or in processes started from here", async () => {
  delete process.env[found];
  await lookFirst(`console.log("found")`);
  await expect(lookFirst("process.exit(3)")).resolves.toBeUndefined();
  expect(process.env[found]).toBe("1");
});
