import { attentionShape, type Contestant } from "./contestant.ts";
import { type PythonProcess, startPython } from "./python.ts";

const script = "torch_contestant.py";

async function ask(process: PythonProcess, question: unknown): Promise<{ seconds: number; resident: number }> {
  const { seconds, resident } = await process.ask(question);
  if (typeof seconds !== "number" || typeof resident !== "number")
    throw new Error("bench: the PyTorch process must answer with seconds and resident bytes, got none");
  return { seconds, resident };
}

/** PyTorch in a process of its own, with as many threads; undefined where Python or torch is missing. */
export async function torch(python = "python3"): Promise<Contestant | undefined> {
  const started = await startPython(script, python);
  if (started === undefined) return undefined;
  return {
    name: `PyTorch ${String(started.hello["version"])}`,
    time: async (of) => (await ask(started, { ...attentionShape, ...of })).seconds,
    async resident(of) {
      const fresh = await startPython(script, python);
      if (fresh === undefined) throw new Error("bench: the PyTorch process did not start again");
      const { resident } = await ask(fresh, of);
      fresh.close();
      return resident;
    },
    close: () => started.close(),
  };
}
