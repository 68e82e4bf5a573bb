/** What one check found. `detail` is one sentence: the largest error, or what went wrong where. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export type Verdict = Omit<Finding, "check">;

/** A named check; what it throws is a finding too. */
export interface Check {
  readonly name: string;
  run(): Promise<Verdict>;
}

export async function perform(checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push({ check: check.name, ...(await check.run()) });
    } catch (error) {
      findings.push({
        check: check.name,
        ok: false,
        detail: `threw: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return findings;
}

/** The first failed verdict, or the last one. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find((verdict) => !verdict.ok) ?? verdicts.at(-1) ?? { ok: false, detail: "nothing was checked" };
}
