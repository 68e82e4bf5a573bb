/** Exit codes: a wrong word on the command line or in a file is told from a failure of the work itself. */
export const codes = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/**
 * An error as one sentence and an exit code. Checks of arguments, overrides and files throw RangeError, hence "usage";
 * with `debug` the stack trace follows.
 */
export function explain(error: unknown, { debug }: { readonly debug: boolean }): { sentence: string; code: number } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof RangeError ? codes.usage : codes.failure;
  const trace = debug && error instanceof Error ? `\n${withCauses(error)}` : "";
  return { sentence: `attn: ${message.replaceAll(/\s*\n\s*/g, " ")}${trace}`, code };
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
