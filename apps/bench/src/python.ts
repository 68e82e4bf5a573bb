import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

type Answer = Readonly<Record<string, unknown>>;

/** A Python script that answers JSON lines with JSON lines. */
export interface PythonProcess {
  /** Its first line, said unasked. */
  readonly hello: Answer;
  ask(question: unknown): Promise<Answer>;
  close(): void;
}

/**
 * Starts a script of `python/` with as many threads as there are cores, and whatever else it takes; undefined where Python or what the script imports
 * is missing.
 */
export async function startPython(
  script: string,
  python: string,
  ...more: readonly string[]
): Promise<PythonProcess | undefined> {
  const file = fileURLToPath(new URL(`../python/${script}`, import.meta.url));
  const child = spawn(python, [file, String(availableParallelism()), ...more], { stdio: ["pipe", "pipe", "ignore"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = once(child, "exit").catch(() => []);
  child.stdin.on("error", () => {});
  const answer = async (): Promise<Answer | undefined> => {
    const line = await Promise.race([answers.next(), gone.then(() => ({ done: true, value: undefined }))]);
    return line.done === true || line.value === undefined ? undefined : (JSON.parse(line.value) as Answer);
  };
  const hello = await answer();
  if (hello === undefined) return undefined;
  return {
    hello,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const said = await answer();
      if (said === undefined) throw new Error("bench: the PyTorch process ended before it answered");
      return said;
    },
    close: () => void child.stdin.end(),
  };
}
