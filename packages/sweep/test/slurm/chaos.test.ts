import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { trialStanding, type StudyFolder } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { daemonPid, startDaemon } from "../../tools/slurm-cluster.mjs";
import { bundled } from "../study/bundled.ts";
import { chaosPlan } from "../study/chaos-plan.ts";
import { folderPath } from "../study/folder-path.ts";
import { none, tallyOf } from "../study/tally.ts";
import { begin } from "../study/toy-study.ts";
import { type Cluster, onCluster } from "./cluster.ts";
import "./toy-launcher.ts";

const [trials, kills] = [120, 45];
type Target = "watch" | "job" | "worker" | "node" | "controller";
/** Each as often as it stands here. */
const targets: readonly Target[] = [
  ...(["watch", "watch", "job", "job", "job", "worker", "worker", "worker", "node", "controller"] as const),
];

onCluster("faults of a Slurm cluster", (cluster) => {
  test.runIf(process.env["CI_FULL"] === "1")(
    `${kills} kills of the watching process, jobs, workers, nodes' daemons and the controller: no result lost, doubled or wrong`,
    { timeout: 1_800_000 },
    async () => {
      const dir = folderPath();
      const folder = begin(chaosPlan(trials), dir);
      const watching = new Watching(dir);
      const hits: Record<Target, number> = { watch: 0, job: 0, worker: 0, node: 0, controller: 0 };
      const count = () => Object.values(hits).reduce((a, b) => a + b);
      const repairs: Promise<void>[] = [];
      while (count() < kills && left(folder) > 0) {
        watching.keepUp();
        resumeNodes(cluster);
        await sleep(200 + 1000 * Math.random());
        // Over the whole of the study, not its beginning only.
        if (trials - left(folder) < (0.85 * trials * count()) / kills) continue;
        const target = targets[Math.floor(Math.random() * targets.length)] ?? "job";
        if (target === "node" || target === "controller") {
          const repaired = killDaemon(
            cluster,
            target === "controller" ? "slurmctld" : `n${1 + Math.floor(2 * Math.random())}`,
          );
          if (repaired === undefined) continue;
          repairs.push(repaired);
          hits[target]++;
        } else if (target === "watch" ? watching.kill() : killOne(cluster, target)) hits[target]++;
      }
      const atWork = left(folder);
      await Promise.all(repairs);
      await watching.toTheEnd(cluster);
      const { attempts, ...tally } = tallyOf(folder);
      const told = Object.entries(hits).map(([name, times]) => `${name} ${times}`);
      console.log(
        `slurm chaos: ${trials} trials, ${count()} kills (${told.join(", ")}) the last when ${atWork} trials were left, ${attempts} attempts, ${JSON.stringify(tally)}`,
      );
      expect(tally).toEqual({ trials, ...none });
      expect(count()).toBe(kills);
    },
  );
});

/** The process that watches the study's folder, started again whenever it was killed. */
class Watching {
  readonly #file = bundled("../slurm/toy-watch");
  readonly #dir: string;
  #child: ChildProcess | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  keepUp(): void {
    if (this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) return;
    this.#child = spawn(process.execPath, [this.#file, this.#dir, String(trials)], { stdio: "ignore" });
  }

  kill(): boolean {
    return this.#child?.kill("SIGKILL") ?? false;
  }

  /** The controller may not answer when it starts: then it is started again. */
  async toTheEnd(cluster: Cluster): Promise<void> {
    while (this.#child?.exitCode !== 0) {
      this.keepUp();
      resumeNodes(cluster);
      await sleep(1000);
    }
  }
}

function left(folder: StudyFolder): number {
  return folder.trials().filter(({ id }) => trialStanding(folder.trialFolder(id)).status !== "ok").length;
}

/** What an administrator does: a node that lost its daemon too often, or still runs what was queued again, is taken out of service by Slurm. */
function resumeNodes(cluster: Cluster): void {
  if (/drain|down/.test(cluster.slurm("sinfo", "-h", "-N", "-o", "%T"))) {
    cluster.slurm("scontrol", "update", "nodename=n1,n2", "state=resume");
  }
}

/** Kills a job's supervising process, or that which runs its program. */
function killOne({ dir }: Cluster, target: "job" | "worker"): boolean {
  const file = process.env[target === "job" ? "TOY_ELEMENT" : "TOY_WORKER"] ?? "";
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && read(name, "cmdline").includes(file));
  const ours = pids.filter((pid) => read(pid, "environ").includes(join(dir, "etc", "slurm.conf")));
  const pid = ours[Math.floor(Math.random() * ours.length)];
  return pid !== undefined && killed(Number(pid));
}

/** Kills a daemon, if it runs; resolves when it runs again. A node that is away for long is given up, and its jobs are queued again. */
function killDaemon({ dir }: Cluster, name: string): Promise<void> | undefined {
  const pid = daemonPid(dir, name);
  if (pid === undefined || !killed(pid)) return undefined;
  const away = name !== "slurmctld" && Math.random() < 0.4 ? 20_000 : 2000;
  return sleep(away * (0.5 + Math.random())).then(() => startDaemon(dir, name));
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
