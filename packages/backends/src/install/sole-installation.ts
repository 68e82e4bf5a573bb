import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { privateFolder } from "@attention-lab/kernels";

/**
 * Runs `work` unless another process installs into the same private folder: two would write the same download. The lock is a name in Linux's
 * abstract socket namespace, which the kernel frees however its holder ends: no file is left behind, no process id can be mistaken.
 */
export async function soleInstallation<T>(work: () => Promise<T>): Promise<T> {
  const home = privateFolder();
  mkdirSync(home, { recursive: true });
  const name = createHash("sha256").update(realpathSync(home)).digest("hex");
  const lock = createServer().unref();
  await new Promise<void>((resolve, reject) => {
    lock.once("error", reject).listen(`\0attention-lab-${name}`, resolve);
  }).catch((error: unknown) => {
    throw new Error(
      `backend tensorflow: only one installation at a time may write ${home}, got a second (wait for the first)`,
      {
        cause: error,
      },
    );
  });
  try {
    return await work();
  } finally {
    lock.close();
  }
}
