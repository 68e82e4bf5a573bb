import { useBackend } from "@attention-lab/backends";
import { describeEngines } from "@attention-lab/kernels";
import { registerTensorflowAttention } from "../../../packages/backends/src/tensorflow-attention.ts";

/** The engines that run on this machine, best first. */
export const engines: readonly string[] = (await describeEngines())
  .filter((one) => one.available)
  .map(({ name }) => name);

const tiled = "tensorflow, tile by tile";

/** These engines; native TensorFlow, in both its ways to attend, where that is asked for: ATTN_ENGINE=tensorflow. */
export const testedBackends: readonly string[] =
  process.env["ATTN_ENGINE"] === "tensorflow" ? ["tensorflow", tiled] : engines;

/** Makes one of them current. Tile by tile is the way of CUDA, which TensorFlow's operations go on a processor too. */
export async function useTested(name: string): Promise<void> {
  await useBackend(name === tiled ? "tensorflow" : name);
  if (name === tiled) await registerTensorflowAttention(true);
}
