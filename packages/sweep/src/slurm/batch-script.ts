import { invalid } from "@attention-lab/tensors";

/**
 * The script of a job: goes to a folder and becomes a command. Every word is in single quotes, within which a shell knows no special characters, so paths
 * may hold anything but control characters: sbatch reads lines that begin with #SBATCH wherever they stand, and refuses carriage returns.
 */
export function batchScript(folder: string, command: readonly string[]): string {
  return `#!/bin/sh\ncd ${shellWord(folder)} || exit 1\nexec ${command.map(shellWord).join(" ")}\n`;
}

/** One word of a shell's command, whatever it holds. */
export function shellWord(text: string): string {
  if (/\p{Cc}/u.test(text)) {
    throw invalid("slurm launcher", "paths must not have line breaks or other control characters", text);
  }
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
