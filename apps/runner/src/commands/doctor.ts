import { freemem } from "node:os";
import { describeBackends, measureEngines } from "@attention-lab/backends";
import { machineFingerprint } from "@attention-lab/results";
import { Command } from "commander";
import { chosenBackend, describeBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { bytes, columns, printJson } from "../output.ts";

type Options = GlobalOptions & { readonly json?: boolean };
type Offer = Awaited<ReturnType<typeof examine>>;

/** `attn doctor`: the machine, every backend and why it is or is not available, and the one that a sweep would use. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what this machine offers")
    .option(
      "--json",
      "print {machine, backends: [{name, available, why}], engines: [{name, gflops, peakGflops}], chosen: {name, why} | null}",
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const offer = await examine(options);
      if (options.json === true) printJson(offer);
      else console.log(doctorText(offer));
    });
}

async function examine(options: Options) {
  const backends = await describeBackends();
  const machine = { ...machineFingerprint(), freeMemoryBytes: freemem() };
  const engines = await measureEngines();
  return { machine, backends, engines, chosen: await chosenBackend(options) };
}

function doctorText({ machine, backends, engines, chosen }: Offer): string {
  const facts = [
    ["cpu", `${machine.cpu}, ${machine.cores} cores`],
    ["memory", `${bytes(machine.memoryBytes)}, ${bytes(machine.freeMemoryBytes)} free`],
    ["gpu", machine.gpu ?? "none"],
    ["system", `${machine.platform}, Node ${machine.node}`],
  ];
  const rows = backends.map(({ name, available, instructionSet, why }) => [
    name,
    available ? "yes" : "no",
    [instructionSet, why].filter((part) => part !== undefined).join(": "),
  ]);
  const choice = `a sweep would use ${describeBackend(planBackend(chosen))} (${chosen.why})`;
  const speeds = engines.map(({ name, instructionSet, threads, gflops, peakGflops }) => [
    `${name} ${instructionSet}`,
    String(threads),
    gflops.toFixed(0),
    peakGflops === undefined ? "" : `${((100 * gflops) / peakGflops).toFixed(0)} % of ${peakGflops.toFixed(0)}`,
  ]);
  const measured = columns([["engine", "threads", "GFLOP/s", "of the machine's peak"], ...speeds]);
  return [columns(facts), "", columns([["backend", "works", "why"], ...rows]), "", measured, "", choice].join("\n");
}
