import type { Failed } from "./messages.ts";

const memoryWords =
  /out of memory|heap limit|cannot allocate memory|bad_alloc|array buffer allocation failed|invalid (typed )?array (buffer )?length|memory\.grow|enomem/i;

/** An exception of a trial as a result: too little memory is told from other errors by the words that V8, libc and engines use. */
export function failureOf(error: unknown): Failed {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  return { kind: "failed", status: memoryWords.test(message) ? "out-of-memory" : "error", message };
}

/** How a measuring process died, as a result. SIGKILL that we did not send is the kernel's out-of-memory killer. */
export function deathOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): Failed {
  if (signal === "SIGKILL") {
    const message = "the measuring process was killed (SIGKILL), as the system does when memory runs out";
    return { kind: "failed", status: "out-of-memory", message };
  }
  const last = tellingLine(stderr);
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const status = memoryWords.test(last) ? "out-of-memory" : "error";
  return {
    kind: "failed",
    status,
    message: `the measuring process ended ${how}${last === "" ? "" : `: ${oneLine(last)}`}`,
  };
}

/** The line of a crash report that says most: about memory, else the exception, else the last. */
function tellingLine(stderr: string): string {
  const lines = stderr.trimEnd().split("\n");
  const about = (words: RegExp): string | undefined => lines.find((line) => words.test(line));
  return about(memoryWords) ?? about(/^\s*\w*Error\b/) ?? lines.at(-1) ?? "";
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 500);
}
