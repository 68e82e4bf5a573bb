import { canonicalJson } from "./canonical-json.ts";
import type { TrialConfig } from "./schema.ts";

/** Names of curves, one per configuration. Two curves of one variant are told apart by the settings in which they differ. */
export function curveLabels(configs: readonly TrialConfig[]): string[] {
  const described = configs.map((config) => ({ config, settings: distinguishing(config) }));
  const rivals = new Map<string, Record<string, string>[]>();
  for (const { config, settings } of described) {
    const known = rivals.get(kindOf(config));
    if (known) known.push(settings);
    else rivals.set(kindOf(config), [settings]);
  }
  const differing = new Map([...rivals].map(([kind, all]) => [kind, differingNames(all)]));
  return described.map(({ config, settings }) => {
    const told = (differing.get(kindOf(config)) ?? []).filter((name) => settings[name] !== undefined);
    return [config.variant, ...told.map((name) => `${name}=${settings[name]}`)].join(" ");
  });
}

/** Curves of other variants or phases need not be told apart: their pictures and names differ. */
function kindOf({ variant, phase }: TrialConfig): string {
  return canonicalJson([variant, phase]);
}

function differingNames(all: readonly Record<string, string>[]): string[] {
  const names = new Set(all.flatMap((one) => Object.keys(one)));
  return [...names].filter((name) => all.some((one) => one[name] !== all[0]?.[name]));
}

function distinguishing({ options, ...config }: TrialConfig): Record<string, string> {
  const { variant: _variant, length: _length, phase: _phase, ...rest } = config;
  return Object.fromEntries(Object.entries({ ...options, ...rest }).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}
