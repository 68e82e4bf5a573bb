import { codes } from "../exit.ts";

export interface Signals {
  /** No more trials are begun. */
  readonly finish: AbortSignal;
  /** Those that run are stopped. */
  readonly stop: AbortSignal;
}

/**
 * Runs work that the first Ctrl-C lets finish its running trials, and the second (or a supervisor's SIGTERM) stops; what is finished is kept in any
 * case. `said` is what the first one means, in words, where it means something else.
 */
export async function untilInterrupted<T>(
  note: (text: string) => void,
  said: string | undefined,
  work: (signals: Signals) => Promise<T>,
): Promise<T> {
  const [finish, stop] = [new AbortController(), new AbortController()];
  const terminate = (): void => {
    process.exitCode = codes.interrupted;
    finish.abort();
    stop.abort();
  };
  const interrupt = (): void => {
    if (finish.signal.aborted) return terminate();
    process.exitCode = codes.interrupted;
    finish.abort();
    note(said ?? "finishing the running trials; Ctrl-C once more stops them");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  try {
    return await work({ finish: finish.signal, stop: stop.signal });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", terminate);
  }
}
