import { openFolder, serveFolder } from "@attention-lab/dashboard/server";
import { invalid } from "@attention-lab/tensors";
import { Command } from "commander";
import { supportOf } from "../support-of.ts";

interface Options {
  readonly port: number;
  readonly overlay?: string;
}

/** `attn serve DIR`: the page of a folder, live while its sweep runs. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("show a results folder in the browser, live while its sweep runs; Ctrl-C ends it")
    .argument("<dir>", "a folder that attn sweep wrote, or is writing")
    .argument("[beside]", "another folder of the same trials, shown beside it")
    .option("--port <n>", "port on this machine's loopback (default: a free one)", portNumber, 0)
    .option("--overlay <dir>", "the same as the second folder")
    .action(async (dir: string, beside: string | undefined, { port, overlay = beside }: Options) => {
      const folder = await openFolder(dir, { support: supportOf, ...(overlay !== undefined && { overlay }) });
      const served = await serveFolder(folder, { port });
      console.log(`${dir} is shown at ${served.url} (Ctrl-C ends)`);
      await new Promise<void>((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
      await served.close();
    });
}

function portNumber(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw invalid("--port", "must be a whole number from 0 to 65535", text);
  return port;
}
