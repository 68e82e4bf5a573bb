import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { attentionShape, type Case, type Contestant } from "./contestant.ts";

const script = fileURLToPath(new URL("../python/torch_contestant.py", import.meta.url));

interface Process {
  readonly version: string;
  ask(of: Case): Promise<{ readonly seconds: number; readonly resident: number }>;
  close(): void;
}

/** PyTorch in a process of its own, with as many threads; undefined where Python or torch is missing. */
async function start(python: string): Promise<Process | undefined> {
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
    version: String(hello["version"]),
    async ask(of) {
      child.stdin.write(`${JSON.stringify({ ...attentionShape, ...of })}\n`);
      const { seconds, resident } = (await answer()) ?? {};
      if (typeof seconds !== "number" || typeof resident !== "number")
        throw new Error("bench: the PyTorch process ended before it answered");
      return { seconds, resident };
    },
    close: () => void child.stdin.end(),
  };
}

/** PyTorch as a contestant; undefined where it is missing. */
export async function torch(python = "python3"): Promise<Contestant | undefined> {
  const timed = await start(python);
  if (timed === undefined) return undefined;
  return {
    name: `PyTorch ${timed.version}`,
    time: async (of) => (await timed.ask(of)).seconds,
    async resident(of) {
      const fresh = await start(python);
      if (fresh === undefined) throw new Error("bench: the PyTorch process did not start again");
      const { resident } = await fresh.ask(of);
      fresh.close();
      return resident;
    },
    close: () => timed.close(),
  };
}
