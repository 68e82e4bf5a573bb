import { attentionShape, type Contestant } from "./contestant.ts";
import { startPython } from "./python.ts";

/** PyTorch in a process of its own, with as many threads; undefined where Python or torch is missing. */
export async function torch(python = "python3"): Promise<Contestant | undefined> {
  const started = await startPython("torch_contestant.py", python);
  if (started === undefined) return undefined;
  return {
    name: `PyTorch ${String(started.hello["version"])}`,
    async time(of) {
      const { seconds } = await started.ask({ ...attentionShape, ...of });
      if (typeof seconds !== "number") throw new Error("bench: the PyTorch process must answer with seconds, got none");
      return seconds;
    },
    close: () => started.close(),
  };
}
