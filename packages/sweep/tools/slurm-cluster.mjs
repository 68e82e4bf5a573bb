// A real Slurm cluster on this machine's loopback, for tests and for trying out: controller, nodes and keys in a private folder, no service, no root needed.
//   node packages/sweep/tools/slurm-cluster.mjs install          Debian's packages where that is possible; otherwise says in one sentence why not
//   node packages/sweep/tools/slurm-cluster.mjs start DIR NODES  then: export SLURM_CONF=DIR/etc/slurm.conf
//   node packages/sweep/tools/slurm-cluster.mjs stop DIR
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const packages = ["slurmctld", "slurmd", "munge", "slurm-client"];
const programs = ["sbatch", "squeue", "slurmctld", "slurmd", "munged"];
const daemonPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** Why no cluster can be started here, or undefined when one can. */
export function missingSlurm() {
  const missing = programs.filter((name) => !daemonPath.split(":").some((dir) => existsSync(path.join(dir, name))));
  return missing.length === 0 ? undefined : "no Slurm";
}

/** Installs Debian's packages. Returns why not, or undefined. */
export function installSlurm() {
  if (missingSlurm() === undefined) return undefined;
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) return "no apt-get here";
  if (process.getuid() !== 0) return `only root can install packages (as root: apt-get install ${packages.join(" ")})`;
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { status } = spawnSync("apt-get", ["-q", ...args], { env, stdio: "ignore", timeout: 300_000 });
    return status === 0;
  };
  const install = () => apt("install", "-y", "--no-install-recommends", ...packages);
  // A fresh machine has no lists of packages yet.
  if (!install() && !(apt("update") && install())) return `apt-get cannot install ${packages.join(" ")}`;
  return missingSlurm();
}

/** Starts a cluster of so many nodes with two cores and two (pretended) GPUs each; resolves when all are idle. */
export async function startCluster(dir, nodes) {
  if (/[\s#",=]/.test(dir))
    throw new Error(`slurm cluster: slurm.conf allows no spaces or quotes in a path, got ${dir}`);
  const folder = (name) => path.join(dir, name);
  const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
  for (const name of ["etc", "state", "log", "run", "munge", ...names.map((node) => `spool-${node}`)]) {
    mkdirSync(folder(name), { recursive: true, mode: name === "munge" ? 0o700 : 0o755 });
  }
  writeFileSync(folder("munge/key"), randomBytes(128), { mode: 0o600 });
  for (const node of names) for (const gpu of [0, 1]) symlinkSync("/dev/null", folder(`run/gpu-${node}-${gpu}`));
  const ports = await freePorts(nodes + 1);
  writeFileSync(folder("etc/slurm.conf"), configuration(dir, names, ports));
  const gpus = names.flatMap((node) =>
    [0, 1].map((gpu) => `NodeName=${node} Name=gpu File=${dir}/run/gpu-${node}-${gpu}\n`),
  );
  writeFileSync(folder("etc/gres.conf"), gpus.join(""));
  // Since 23.11 a node wants a word about cgroups, and older ones do not know it.
  if (version() >= 23.11) writeFileSync(folder("etc/cgroup.conf"), "CgroupPlugin=disabled\n");
  const files = { socket: "run/munge.socket", "key-file": "munge/key", "pid-file": "run/munged.pid" };
  const others = { "log-file": "log/munged.log", "seed-file": "munge/seed" };
  const flags = Object.entries({ ...files, ...others }).map(([flag, file]) => `--${flag}=${folder(file)}`);
  execFileSync("munged", ["--force", ...flags], { env: environment(dir), stdio: "ignore" });
  startDaemon(dir, "slurmctld");
  for (const node of names) startDaemon(dir, node);
  for (let look = 0; look < 300; look++) {
    const states = slurm(dir, "sinfo", "-h", "-N", "-o", "%t").split("\n");
    if (states.filter((state) => state === "idle").length === nodes) return;
    await sleep(100);
  }
  const log = readFileSync(folder("log/slurmctld.log"), "utf8").trim().split("\n").at(-1);
  stopCluster(dir);
  throw new Error(
    `slurm cluster: its ${nodes} nodes did not become idle within 30 s; the controller's last word: ${log}`,
  );
}

/** Starts the controller ("slurmctld") or a node ("n1"); one that was killed goes on where it was. */
export function startDaemon(dir, name) {
  const [program, args] = name === "slurmctld" ? ["slurmctld", []] : ["slurmd", ["-N", name]];
  execFileSync(program, args, { env: environment(dir), stdio: "ignore" });
}

/** The process of a daemon; undefined when it does not run. */
export function daemonPid(dir, name) {
  const file = path.join(dir, "run", `${name}.pid`);
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
}

/** Runs one of Slurm's commands against the cluster; "" when it fails, or the controller does not answer. */
export function slurm(dir, command, ...args) {
  return spawnSync(command, args, { env: environment(dir), encoding: "utf8", timeout: 5000 }).stdout?.trim() ?? "";
}

/** Ends every daemon of a cluster and all that its jobs run. Its folder stays. */
export function stopCluster(dir) {
  const run = path.join(dir, "run");
  const files = existsSync(run) ? readdirSync(run).filter((name) => name.endsWith(".pid")) : [];
  for (const file of files) {
    const pid = daemonPid(dir, file.replace(/\.pid$/, ""));
    if (pid !== undefined) end(pid);
    rmSync(path.join(run, file), { force: true });
  }
  // What jobs left behind, and the processes that watched over them, know the cluster by their environment.
  const mark = `SLURM_CONF=${path.join(dir, "etc", "slurm.conf")}`;
  for (const pid of readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    if (pid === process.pid || pid === process.ppid) continue;
    if (environmentOf(pid).includes(mark)) end(pid);
  }
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function end(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

/** Variables under which Slurm's commands find the cluster. */
export function environment(dir) {
  return { ...process.env, PATH: daemonPath, SLURM_CONF: path.join(dir, "etc", "slurm.conf") };
}

function version() {
  return Number(/\d+\.\d+/.exec(execFileSync("slurmd", ["-V"], { env: { PATH: daemonPath }, encoding: "utf8" }))?.[0]);
}

/** Ports that nobody listens on at the moment. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function configuration(dir, nodes, [port, ...nodePorts]) {
  const [host] = hostname().split(".");
  const { username } = userInfo();
  const settings = {
    ClusterName: "loopback",
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: port,
    SlurmUser: username,
    SlurmdUser: username,
    AuthInfo: `socket=${dir}/run/munge.socket,cred_expire=5`,
    MpiDefault: "none",
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    JobAcctGatherType: "jobacct_gather/none",
    AccountingStorageType: "accounting_storage/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core_Memory",
    DefMemPerCPU: 100,
    GresTypes: "gpu",
    ReturnToService: 2,
    SlurmdParameters: "config_overrides",
    SlurmdTimeout: 10,
    KillWait: 2,
    MinJobAge: 3600,
    MaxArraySize: 1001,
    SchedulerParameters: "sched_interval=1,bf_interval=1",
    StateSaveLocation: `${dir}/state`,
    SlurmdSpoolDir: `${dir}/spool-%n`,
    SlurmctldPidFile: `${dir}/run/slurmctld.pid`,
    SlurmdPidFile: `${dir}/run/%n.pid`,
    SlurmctldLogFile: `${dir}/log/slurmctld.log`,
    SlurmdLogFile: `${dir}/log/%n.log`,
  };
  const node = (name, i) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[i]} CPUs=2 RealMemory=2000 Gres=gpu:2`;
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ...nodes.map(node),
    `PartitionName=main Nodes=${nodes.join(",")} Default=YES DefaultTime=10:00 State=UP`,
    "",
  ].join("\n");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [doing, dir = "", nodes = "2"] = process.argv.slice(2);
  if (doing === "install") {
    const why = installSlurm();
    if (why !== undefined) console.log(`slurm cluster: not installed, ${why}; its tests are skipped`);
  } else if (doing === "start" && dir !== "") {
    await startCluster(path.resolve(dir), Number(nodes));
    console.log(`export SLURM_CONF=${path.resolve(dir)}/etc/slurm.conf`);
  } else if (doing === "stop" && dir !== "") stopCluster(path.resolve(dir));
  else {
    console.error("slurm cluster: give install, start DIR NODES or stop DIR");
    process.exitCode = 2;
  }
}
