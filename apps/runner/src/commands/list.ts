import { supportTable, type SupportRow } from "@attention-lab/catalog";
import { features } from "@attention-lab/attention";
import { Command } from "commander";
import { columns, printJson } from "../output.ts";

/** `attn list`: what every variant supports, and the sentence where it does not. */
export function listCommand(): Command {
  return new Command("list")
    .description("print which variant supports what, and why not")
    .option("--json", "print [{variant, paper, version, supports: {feature: true | sentence}}]")
    .action(({ json }: { readonly json?: boolean }) => {
      const table = supportTable();
      if (json === true) printJson(table);
      else console.log(listText(table));
    });
}

export function listText(table: readonly SupportRow[]): string {
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
