import { writeFileSync } from "node:fs";
import { useBackend } from "@attention-lab/backends";
import { failureOf } from "./failure.ts";
import { Timer, weigh } from "./measure.ts";
import type { Reply, Request } from "./messages.ts";
import { loadOutside } from "./outside-variant.ts";

/** The measuring process: answers one request at a time and ends when its parent does, whatever ended that. */

process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole foreground group; the parent decides when to stop.
process.on("SIGINT", () => {});
volunteerAsVictim();

const timer = new Timer();
let work = Promise.resolve();
process.on("message", (request: Request) => {
  work = work.then(async () => send(await answer(request).catch(failureOf)));
});

async function answer(request: Request): Promise<Reply> {
  if (request.kind === "time") return timer.time(request.config, request.inner);
  if (request.kind === "memory") return weigh(request.config);
  for (const module of request.modules) await loadOutside(module);
  const { tfBackend } = await useBackend(request.backend, { threads: request.threads });
  return { kind: "ready", backend: tfBackend };
}

function send(reply: Reply): void {
  if (process.connected) process.send?.(reply);
}

/** When memory runs out on Linux, the kernel shall end this process and not the one that keeps the log. */
function volunteerAsVictim(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Elsewhere there is no such file, and nothing to be done.
  }
}
