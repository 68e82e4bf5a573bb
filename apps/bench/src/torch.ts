import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { attentionShape, type Contestant } from "./contestant.ts";

const script = fileURLToPath(new URL("../python/torch_contestant.py", import.meta.url));

/** PyTorch in a process of its own, with as many threads; undefined where Python or torch is missing. */
export async function torch(python = "python3"): Promise<Contestant | undefined> {
  const child = spawn(python, [script, String(availableParallelism())], { stdio: ["pipe", "pipe", "ignore"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = once(child, "exit").catch(() => []);
  child.stdin.on("error", () => {});
  const answer = async (): Promise<Record<string, unknown> | undefined> => {
    const line = await Promise.race([answers.next(), gone.then(() => ({ done: true, value: undefined }))]);
    return line.done === true || line.value === undefined
      ? undefined
      : (JSON.parse(line.value) as Record<string, unknown>);
  };
  const hello = await answer();
  if (hello === undefined) return undefined;
  return {
    name: `PyTorch ${String(hello["version"])}`,
    async time(of) {
      child.stdin.write(`${JSON.stringify({ ...attentionShape, ...of })}\n`);
      const seconds = (await answer())?.["seconds"];
      if (typeof seconds !== "number") throw new Error("bench: the PyTorch process ended before it answered");
      return seconds;
    },
    close: () => void child.stdin.end(),
  };
}
