import { useBackend } from "@attention-lab/backends";
import { formatBytes, machineFingerprint } from "@attention-lab/results";
import { attentionShape } from "./contestant.ts";
import { caseLabel, gpuCases, gpuDecoder } from "./gpu-cases.ts";
import { type GpuFigure, ourFigure, stockFigure } from "./gpu-ours.ts";
import { makeDecoder, timeDecoder } from "./our-decoder.ts";
import { type PythonProcess, startPython } from "./python.ts";

export interface GpuOptions {
  /** Print the table on a software adapter too, where it says nothing about any graphics card; PyTorch then runs on the processor. */
  readonly software: boolean;
  readonly quick: boolean;
  readonly python: string;
}

const columns = ["case", "ms", "device ms", "memory", "stock ms", "stock memory", "stock / ours"];
/** PyTorch's ways, and what a torch column holds where a way belongs to other variants. */
const ways = ["sdpa float32", "sdpa float16", "composed float32", "composed float16", "flex float32", "flex float16"];

/**
 * `npm run bench -- gpu [--software --quick --python PATH]`: our kernels, TensorFlow.js's own operations and, where PyTorch sees a card, its
 * attention in both precisions, side by side in one run. Throws an Error where there is no adapter, or only a software one.
 */
export async function gpu({ software, quick, python }: GpuOptions): Promise<void> {
  const { why, instructionSet = "float32" } = await useBackend("webgpu");
  if (!software && why.includes("a software adapter")) {
    throw new Error(`bench gpu: figures need a graphics card, got ${why}; --software prints them nevertheless`);
  }
  const rounds = quick ? 1 : 7;
  const { cpu, cores, platform, node, gpu: card } = machineFingerprint();
  const { batch, heads, headDim } = attentionShape;
  console.log(`machine: ${cpu}, ${cores} cores, ${card ?? "no NVIDIA card"}, ${platform}, Node ${node}`);
  console.log(`webgpu: ${why}; kernels in ${instructionSet}`);
  const torch = await startPython("torch_gpu.py", python, software ? "cpu" : "cuda");
  console.log(torchLine(torch, python));
  console.log(`medians of ${rounds} rounds after one that compiles, B=${batch} H=${heads} D=${headDim}, not causal\n`);
  console.log([...columns, ...(torch === undefined ? [] : ways)].join("\t"));
  const missing = new Map<string, string>();
  for (const one of gpuCases(quick)) {
    const ours = await ourFigure(one, rounds);
    const stock = await stockFigure(one, rounds);
    const asked = { kind: "attention", ...attentionShape, ...one, rounds };
    const peers = await askTorch(torch, asked, missing);
    console.log([caseLabel(one), ...cells(ours), ...stockCells(ours, stock), ...ways.flatMap(peers)].join("\t"));
  }
  console.log(await decoderLine(torch, quick, missing));
  for (const [way, because] of missing) console.log(`PyTorch ${way}: ${because}`);
  torch?.close();
}

function torchLine(torch: PythonProcess | undefined, python: string): string {
  if (torch === undefined) return `PyTorch with CUDA was not found in ${python}: it is skipped`;
  const { version, card, cuda } = torch.hello;
  return `PyTorch ${String(version)} on ${String(card)}${typeof cuda === "string" ? `, CUDA ${cuda}` : ""}`;
}

/** Answers a way's name with its cell, and keeps why ways are missing. No cells at all without PyTorch. */
async function askTorch(
  torch: PythonProcess | undefined,
  asked: object,
  missing: Map<string, string>,
): Promise<(way: string) => string[]> {
  if (torch === undefined) return () => [];
  const said = await torch.ask(asked);
  for (const [way, because] of Object.entries((said["missing"] ?? {}) as Record<string, string>))
    if (!missing.has(way)) missing.set(way, because);
  const found = (said["found"] ?? {}) as Readonly<Record<string, GpuFigure>>;
  return (way) => [milliseconds(found[way]?.seconds)];
}

function cells({ seconds, gpuSeconds, peakBytes }: GpuFigure): string[] {
  return [milliseconds(seconds), milliseconds(gpuSeconds), peakBytes === undefined ? "-" : formatBytes(peakBytes)];
}

function stockCells(ours: GpuFigure, stock: GpuFigure | undefined): string[] {
  if (stock === undefined) return ["-", "-", "-"];
  const [ms = "", , memory = ""] = cells(stock);
  return [ms, memory, (stock.seconds / ours.seconds).toPrecision(3)];
}

async function decoderLine(
  torch: PythonProcess | undefined,
  quick: boolean,
  missing: Map<string, string>,
): Promise<string> {
  const shape = gpuDecoder(quick);
  const rounds = quick ? 1 : 5;
  const decoder = makeDecoder(shape);
  await timeDecoder(decoder, shape.warmups);
  const ours = milliseconds(await timeDecoder(decoder, rounds));
  decoder.dispose();
  const [theirs] = (await askTorch(torch, { ...shape, rounds }, missing))("float32");
  return `\ndecoder training step, ${shape.name}: ${ours} ms${theirs === undefined ? "" : `, PyTorch float32 ${theirs} ms`}`;
}

function milliseconds(seconds: number | undefined): string {
  return seconds === undefined ? "-" : (1000 * seconds).toPrecision(3);
}
