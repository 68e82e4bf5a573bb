import { features } from "@attention-lab/attention";
import {
  modelTable,
  positionTable,
  strategyTable,
  supportTable,
  type SupportRow,
  taskTable,
} from "@attention-lab/catalog";
import { Argument, Command } from "commander";
import { columns, printJson } from "../output.ts";

/** What can be listed: the table behind it, and how people read it. */
const parts = {
  variants: { table: supportTable, text: () => supportText(supportTable()) },
  positions: {
    table: positionTable,
    text: () => columns(positionTable().map(({ position, paper }) => [position, paper])),
  },
  models: {
    table: modelTable,
    text: () => columns(modelTable().map(({ model, summary, paper }) => [model, summary, paper])),
  },
  strategies: {
    table: strategyTable,
    text: () =>
      columns(strategyTable().map(({ strategy, summary, options }) => [strategy, summary, options.join(", ")])),
  },
  tasks: {
    table: taskTable,
    text: () => columns(taskTable().map(({ task, kind, summary }) => [task, kind, summary])),
  },
} as const;
type Part = keyof typeof parts;
const names = Object.keys(parts) as Part[];

/** `attn list`: what every variant supports, with the sentence where it does not; positions, models, decoding strategies and tasks. */
export function listCommand(): Command {
  return new Command("list")
    .description("print which variant supports what, and why not; positions, models, strategies, tasks")
    .addArgument(new Argument("[part]", "one part alone").choices(names))
    .option(
      "--json",
      "print the part's table; without one, [{variant, paper, version, supports: {feature: true | why not}}]",
    )
    .action((part: Part | undefined, { json }: { readonly json?: boolean }) => {
      if (json === true) printJson(parts[part ?? "variants"].table());
      else console.log(part === undefined ? names.map(titled).join("\n\n") : parts[part].text());
    });
}

function titled(part: Part): string {
  return `${part}\n\n${parts[part].text()}`;
}

function supportText(table: readonly SupportRow[]): string {
  const marks = table.map(({ variant, supports }) => [
    variant,
    ...features.map((feature) => (supports[feature] === true ? "yes" : "-")),
  ]);
  const lines = [columns([["", ...features], ...marks])];
  for (const { variant, paper, supports } of table) {
    lines.push("", `${variant} (${paper})`);
    const refused = features.filter((feature) => supports[feature] !== true);
    if (refused.length === 0) lines.push("  supports everything");
    for (const feature of refused) lines.push(`  no ${feature}: ${String(supports[feature])}`);
  }
  return lines.join("\n");
}
