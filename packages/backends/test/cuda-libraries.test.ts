import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cudaRequirements, placeCudaLibraries } from "../src/install/cuda-libraries.ts";
import { missingForGpu } from "../src/install/missing-for-gpu.ts";
import { zipOf } from "./archives.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), "attn-cuda-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function wheelOf(contents: Readonly<Record<string, string>>): string {
  const file = path.join(folder, "given.whl");
  writeFileSync(file, zipOf(Object.entries(contents).map(([name, content]) => ({ name, content }))));
  return file;
}

describe("what TensorFlow asks for", () => {
  const metadata = `Metadata-Version: 2.1
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5.82; extra == "and-cuda"
Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3.0.75) ; extra == 'and-cuda'
Requires-Dist: tensorflow-io; extra == "gcs-filesystem"
`;

  test("is read from the metadata of its wheel; the compiler among it is left out", async () => {
    const wheel = wheelOf({ "tensorflow/x": "", "tensorflow-2.20.0.dist-info/METADATA": metadata });
    expect(await cudaRequirements(wheel)).toEqual([
      { project: "nvidia-cublas-cu12", versions: "<13.0,>=12.5.3.2" },
      { project: "nvidia-cudnn-cu12", versions: "<10.0,>=9.3.0.75" },
    ]);
  });

  test.each([
    ["no such extra", { "x-1.dist-info/METADATA": metadata.replaceAll("and-cuda", "and-rocm") }],
    ["no metadata", { "tensorflow/x": "" }],
  ])("%s is refused", async (_, contents) => {
    await expect(cudaRequirements(wheelOf(contents))).rejects.toThrow(
      /given\.whl must ask for CUDA libraries \(extra "and-cuda"\), got no such line$/,
    );
  });
});

describe("of NVIDIA's wheels", () => {
  test("only libraries are unpacked, where TensorFlow looks for them", async () => {
    const wheel = wheelOf({
      "nvidia/__init__.py": "",
      "nvidia/cudnn/lib/libcudnn.so.9": "one",
      "nvidia/cudnn/lib/libcudnn_ops.so.9": "two",
      "nvidia/cudnn/lib/__init__.py": "",
      "nvidia/cudnn/include/cudnn.h": "",
      "nvidia/../../outside/lib/x.so": "no",
      "nvidia_cudnn_cu12-9.dist-info/RECORD": "",
    });
    await placeCudaLibraries(wheel, path.join(folder, "to"));
    expect((readdirSync(path.join(folder, "to"), { recursive: true }) as string[]).toSorted()).toEqual([
      "nvidia",
      "nvidia/cudnn",
      "nvidia/cudnn/lib",
      "nvidia/cudnn/lib/libcudnn.so.9",
      "nvidia/cudnn/lib/libcudnn_ops.so.9",
    ]);
    expect(readFileSync(path.join(folder, "to/nvidia/cudnn/lib/libcudnn_ops.so.9"), "utf8")).toBe("two");
    expect(readdirSync(folder).toSorted()).toEqual(["given.whl", "to"]);
  });

  test("one without libraries is refused", async () => {
    await expect(placeCudaLibraries(wheelOf({ "nvidia/x.py": "" }), folder)).rejects.toThrow(
      /given\.whl must hold libraries in nvidia\/\*\/lib, got none$/,
    );
  });
});

const lost = (name: string): string =>
  `2026-11-21 18:56:03: I xla/tsl/dso_loader.cc:87] Could not load dynamic library '${name}'; dlerror: ${name}: cannot open\n`;
const refused = "E cuda_platform.cc:51] failed call to cuInit: INTERNAL: CUDA error: driver too old\n";

test.each([
  [lost("libcuda.so.1") + refused, "TensorFlow could not load NVIDIA's driver (libcuda.so.1)"],
  [
    lost("libcudart.so.12") + lost("libcuda.so.1") + lost("libcudart.so.12"),
    "TensorFlow could not load libcudart.so.12, NVIDIA's driver (libcuda.so.1)",
  ],
  [lost("libcudnn.so.9"), "TensorFlow could not load libcudnn.so.9"],
  [refused, 'CUDA answered "INTERNAL: CUDA error: driver too old"'],
  ["", "CUDA found no device"],
])("TensorFlow's log %j means: %s", (log, sentence) => expect(missingForGpu(log)).toBe(sentence));
