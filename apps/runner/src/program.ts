import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { attentionCommand } from "./commands/attention.ts";
import { backendCommand } from "./commands/backend.ts";
import { checkCommand } from "./commands/check.ts";
import { compareCommand } from "./commands/compare.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { generateCommand } from "./commands/generate.ts";
import { importCommand } from "./commands/import.ts";
import { listCommand } from "./commands/list.ts";
import { planCommand } from "./commands/plan.ts";
import { queryCommand } from "./commands/query.ts";
import { reportCommand } from "./commands/report.ts";
import { schemaCommand } from "./commands/schema.ts";
import { serveCommand } from "./commands/serve.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { trainCommand } from "./commands/train.ts";
import { trialCommand } from "./commands/trial.ts";
import { codes, explain } from "./exit.ts";
import { addGlobalOptions } from "./global-options.ts";

/** Runs one command line; resolves with the exit code. Errors become one sentence on stderr, a stack trace only with --debug. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = makeProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : codes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? codes.ok : codes.usage;
    const { sentence, code } = explain(error, { debug: args.includes("--debug") });
    console.error(sentence);
    return process.exitCode === codes.interrupted ? codes.interrupted : code;
  }
}

function makeProgram(): Command {
  const program = new Command("attn")
    .description("What does an attention variant cost as sequences grow, and where does it overtake full attention?")
    .version(ownVersion())
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(`${oneSentence(text)}\n`) })
    .exitOverride();
  addGlobalOptions(program);
  const commands = [
    planCommand,
    sweepCommand,
    reportCommand,
    serveCommand,
    compareCommand,
    exportCommand,
    queryCommand,
    checkCommand,
    importCommand,
    trainCommand,
    generateCommand,
    evaluateCommand,
    attentionCommand,
    listCommand,
    schemaCommand,
    doctorCommand,
    backendCommand,
  ];
  for (const make of commands) program.addCommand(make().copyInheritedSettings(program));
  // For launchers, not for people.
  program.addCommand(trialCommand().copyInheritedSettings(program), { hidden: true });
  return program;
}

function ownVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}

/** Commander writes "error: ...\n(Did you mean ...?)"; the command's name and one line read better. */
function oneSentence(text: string): string {
  return `attn: ${text
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/\s+/g, " ")}; see attn --help`;
}
