/** NVIDIA's CUDA libraries out of its own Python wheels, placed where TensorFlow's RUNPATH looks for them. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Requirement } from "./wheel-choice.ts";
import { openZip } from "./zip-file.ts";

/** A wheel's compiler (ptxas) and no library: XLA's, which TensorFlow.js never calls. */
const unused = "nvidia-cuda-nvcc-cu12";
const library = /^(nvidia\/\w+\/lib)\/([\w.-]+\.so[.\d]*)$/;

/**
 * What TensorFlow's wheel asks for in its extra `and-cuda`: NVIDIA's projects, and which of their versions will do. Throws an Error when the wheel
 * has no such extra, as the builds for the processor.
 */
export async function cudaRequirements(wheel: string): Promise<Requirement[]> {
  const archive = await openZip(wheel);
  try {
    const name = archive.names.find((member) => /^[^/]+\.dist-info\/METADATA$/.test(member));
    const metadata = name === undefined ? "" : ((await archive.text(name)) ?? "");
    const lines = metadata.matchAll(/^Requires-Dist: ([\w-]+)\s*\(?([^;()\n]*)\)?\s*;.*\bextra == ["']and-cuda["']/gm);
    const found = Array.from(lines, ([, project = "", versions = ""]) => ({ project, versions: versions.trim() }));
    if (found.length === 0)
      throw new Error(`backend tensorflow: ${wheel} must ask for CUDA libraries (extra "and-cuda"), got no such line`);
    return found.filter(({ project }) => project !== unused);
  } finally {
    await archive.close();
  }
}

/** Takes the libraries, and nothing else, out of one of NVIDIA's wheels: `<folder>/nvidia/<part>/lib`. */
export async function placeCudaLibraries(wheel: string, folder: string): Promise<void> {
  const archive = await openZip(wheel);
  try {
    const members = archive.names.filter((name) => library.test(name));
    if (members.length === 0)
      throw new Error(`backend tensorflow: ${wheel} must hold libraries in nvidia/*/lib, got none`);
    for (const member of members) {
      mkdirSync(path.join(folder, path.posix.dirname(member)), { recursive: true });
      await archive.extract(member, path.join(folder, member));
    }
  } finally {
    await archive.close();
  }
}
