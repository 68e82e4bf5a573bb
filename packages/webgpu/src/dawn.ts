import { lookFirst } from "./look-first.ts";

/** The parts of npm `webgpu` (Dawn, the WebGPU of Chromium, as a Node addon) that are used here. */
interface Dawn {
  create(options: readonly string[]): GPU;
  readonly globals: object;
}

/** A variable: type checkers and bundlers must not need the optional package. */
const packageName: string = "webgpu";
/** Timestamps come in steps of 65.5 us otherwise; products of matrices by subgroups are still an experiment of Dawn's. */
const dawnOptions = ["disable-dawn-features=timestamp_quantization", "enable-dawn-features=allow_unsafe_apis"];

/** Where WebGPU is looked for: Node's types know no navigator, or one without it. */
const place = globalThis as { navigator?: { readonly gpu?: GPU } };

let started: Promise<GPU> | undefined;

/**
 * The machine's WebGPU: the browser's own, or Dawn, which is made `navigator.gpu` and whose constants become global, as in a browser.
 * Throws an Error whose sentence says what to install.
 */
export function webgpu(): Promise<GPU> {
  const present = presentWebGPU();
  if (started === undefined && present !== undefined) return Promise.resolve(present);
  started ??= startDawn();
  return started;
}

/** The browser's WebGPU, or Dawn once it has been started. */
export function presentWebGPU(): GPU | undefined {
  return place.navigator?.gpu;
}

async function startDawn(): Promise<GPU> {
  const dawn = await loadDawn();
  await lookFirst();
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create(dawnOptions);
  const property = { configurable: true, writable: true };
  // Node 21 and later have a navigator without WebGPU, Node 20 has none.
  if (place.navigator !== undefined) Object.defineProperty(place.navigator, "gpu", { ...property, value: gpu });
  else Object.defineProperty(place, "navigator", { ...property, value: { gpu } });
  return gpu;
}

async function loadDawn(): Promise<Dawn> {
  try {
    return (await import(packageName)) as Dawn;
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    const missing = (error as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND";
    const why = missing ? "is not installed; npm install webgpu" : `does not load on this machine: ${line}`;
    throw new Error(`the optional package webgpu (Dawn) ${why}`, { cause: error });
  }
}
