import { expect, test } from "vitest";
import { deathOf, failureOf } from "../src/failure.ts";

test.each([
  "Array buffer allocation failed",
  "WebAssembly.Memory.grow(): Maximum memory size exceeded",
  "engine: out of memory: 123 bytes",
  "std::bad_alloc",
  "Invalid typed array length: 99999999999",
])("%s is too little memory", (message) => {
  expect(failureOf(new RangeError(message))).toEqual({ kind: "failed", status: "out-of-memory", message });
});

test("another exception is an error, told in one line", () => {
  expect(failureOf(new Error("first\n  second"))).toEqual({ kind: "failed", status: "error", message: "first second" });
  expect(failureOf("text").message).toBe("text");
});

test("a killed process ran out of memory", () => {
  expect(deathOf(null, "SIGKILL", "")).toMatchObject({ status: "out-of-memory" });
});

test("V8's last words count", () => {
  const stderr = "\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb7\n";
  expect(deathOf(null, "SIGABRT", stderr)).toMatchObject({
    status: "out-of-memory",
    message: expect.stringContaining("heap limit"),
  });
});

test("a crash is an error that names the signal or the code", () => {
  expect(deathOf(null, "SIGSEGV", "")).toMatchObject({ status: "error", message: expect.stringContaining("SIGSEGV") });
  expect(deathOf(7, null, "boom\n")).toMatchObject({
    status: "error",
    message: "the measuring process ended with exit code 7: boom",
  });
});

test("an uncaught exception is told by its own line", () => {
  const stderr =
    "node:internal/x:1\n    ^\nError [ERR_MODULE_NOT_FOUND]: Cannot find module 'y'\n    at z\n\nNode.js v20.20.2\n";
  expect(deathOf(1, null, stderr).message).toBe(
    "the measuring process ended with exit code 1: Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'y'",
  );
});
