import { attentionVariant, exampleOptions, readVariant } from "@attention-lab/catalog";
import { testAttention, type Finding } from "@attention-lab/attention/testkit";
import { isOutside, loadOutside } from "@attention-lab/sweep";
import { invalid } from "@attention-lab/tensors";
import type { Variant } from "@attention-lab/attention";
import { Command } from "commander";
import { codes } from "../exit.ts";
import { chosenBackend, describeBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { costMeters } from "../cost-meters.ts";
import { printJson } from "../output.ts";
import { testkitOptions } from "../testkit-options.ts";

interface Options extends GlobalOptions {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
}

/** `attn check VARIANT`: the conformance suite, one line per check, exit code 1 when one fails. */
export function checkCommand(): Command {
  return new Command("check")
    .description("hold a variant against its own declarations: outputs, gradients, causality, padding, cost, leaks")
    .argument("<variant>", "./my-variant.ts, ./my-variant.ts#name, package#name, or a name of the catalogue")
    .option("--options <json>", "options of the variant, such as '{\"rank\": 8}'", readOptions)
    .option("--json", "print {variant, options, findings: [{check, ok, detail}]}")
    .action(async (name: string, _: unknown, command: Command) => {
      await check(name, command.optsWithGlobals<Options>());
    });
}

async function check(name: string, asked: Options): Promise<void> {
  const backend = planBackend(await chosenBackend(asked));
  const { variant, exports } = await found(name);
  const { options, attention } = readVariant(variant, asked.options ?? exampleOptions(variant.variant, "small"));
  const findings = await testAttention(attention, {
    ...costMeters(attention),
    ...testkitOptions(name, attention, exports, options),
  });
  if (findings.some(({ ok }) => !ok)) process.exitCode = codes.failure;
  if (asked.json === true) printJson({ variant: variant.variant, options, findings });
  else console.log(checkText(variant.variant, findings, describeBackend(backend)));
}

async function found(name: string): Promise<{ variant: Variant; exports: Readonly<Record<string, unknown>> }> {
  return isOutside(name) ? loadOutside(name) : { variant: attentionVariant(name), exports: {} };
}

/** `ok` or `FAILED`, the check, its figures; the verdict last. */
export function checkText(variant: string, findings: readonly Finding[], backend: string): string {
  const lines = findings.map(({ check, ok, detail }) => `${ok ? "ok    " : "FAILED"}  ${check}: ${detail}`);
  const failed = findings.filter(({ ok }) => !ok).length;
  const verdict = failed === 0 ? `all ${findings.length} checks ok` : `${failed} of ${findings.length} checks FAILED`;
  return [...lines, `${variant}: ${verdict} (${backend})`].join("\n");
}

function readOptions(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("--options", "must be a JSON object such as '{\"rank\": 8}'", text);
  }
  return value as Readonly<Record<string, unknown>>;
}
