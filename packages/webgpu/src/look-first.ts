/** What is said where there is no driver. */
export const noAdapter =
  "no WebGPU adapter was found: a Vulkan driver (Linux), Metal (macOS) or Direct3D 12 (Windows) must be installed; docs/webgpu.md names a software adapter for tests";

/** Set for the processes that this one starts, which need not look again. */
const found = "ATTN_WEBGPU_FOUND";
const script = `
const dawn = require("node:module").createRequire(process.argv[1]).resolve("webgpu");
import(require("node:url").pathToFileURL(dawn)).then(async ({ create, globals }) => {
  Object.assign(globalThis, globals);
  const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
  console.log(adapter === null ? "none" : "found");
  process.exit(0);
});
`;

/**
 * Asks for an adapter in a child process before this one does: a broken driver ends or hangs whoever asks it, and Dawn writes about a missing one
 * to the terminal. Throws an Error with one sentence. Other scripts and limits are for tests.
 */
export async function lookFirst(ask = script, seconds = 60): Promise<void> {
  if (process.env[found] !== undefined) return;
  // Loaded here: this package also runs in browsers, which never come here.
  const { execFile } = await import("node:child_process");
  const answer = await new Promise<string>((resolve) => {
    const limits = { timeout: 1000 * seconds, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, ["-e", ask, import.meta.url], limits, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else if (error.killed === true) resolve(`it did not answer within ${seconds} s`);
      else resolve(`it ended the process that asked, ${error.signal ?? `with exit code ${error.code}`}`);
    });
  });
  if (answer === "none") throw new Error(noAdapter);
  if (answer !== "found")
    throw new Error(`the WebGPU driver of this machine does not work: ${answer}; update or remove it`);
  process.env[found] = "1";
}
