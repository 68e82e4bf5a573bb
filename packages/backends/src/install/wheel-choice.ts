/** Which of an index's files is wanted: host arithmetic on names and versions. */

/** A file that a Python package index offers. */
export interface IndexedFile {
  readonly name: string;
  readonly url: string;
  readonly sha256?: string;
}

/** A project and the versions of it that will do, as a wheel's metadata say it: `==2.20.0`, or `<13.0,>=12.5.3.2`. */
export interface Requirement {
  readonly project: string;
  readonly versions: string;
}

/** What a machine can load: its architecture in wheels' words (`x86_64`, `aarch64`) and its C library (`2.36`). */
export interface LinuxMachine {
  readonly arch: string;
  readonly glibc: string;
}

/** What the years in wheels' names stand for (PEP 600). */
const manylinuxYears: Readonly<Partial<Record<string, string>>> = { 1: "2.5", 2010: "2.12", 2014: "2.17" };

/**
 * The newest wheel that meets the requirement and runs on this machine, as pip would choose; of whatever Python, since the libraries in it don't
 * look at Python. Releases only: no candidates. Undefined when there is none.
 */
export function chooseWheel(
  files: readonly IndexedFile[],
  { project, versions }: Requirement,
  machine: LinuxMachine,
): IndexedFile | undefined {
  const plain = project.replaceAll(/[-_.]+/g, "_").toLowerCase();
  const fitting = files.flatMap((file) => {
    const [, name, version, platforms] = /^(\w+)-(\d+(?:\.\d+)*)-\w+-\w+-([\w.]+)\.whl$/.exec(file.name) ?? [];
    if (name?.toLowerCase() !== plain || version === undefined || platforms === undefined) return [];
    const runs = platforms.split(".").some((platform) => runsOn(platform, machine));
    return runs && versionFits(version, versions) ? [{ file, version }] : [];
  });
  return fitting.toSorted((a, b) => compareVersions(b.version, a.version))[0]?.file;
}

function runsOn(platform: string, { arch, glibc }: LinuxMachine): boolean {
  const [, year, major, minor, of] = /^manylinux(?:(\d+)|_(\d+)_(\d+))_(\w+)$/.exec(platform) ?? [];
  const needed = year === undefined ? `${major}.${minor}` : manylinuxYears[year];
  return of === arch && needed !== undefined && compareVersions(needed, glibc) <= 0;
}

function versionFits(version: string, versions: string): boolean {
  return versions.split(",").every((clause) => {
    const [, operator, bound = ""] = /^\s*(==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)\s*$/.exec(clause) ?? [];
    const order = compareVersions(version, bound);
    if (operator === "==") return order === 0;
    if (operator === "!=") return order !== 0;
    if (operator === undefined || order === 0) return operator === "<=" || operator === ">=";
    return operator.startsWith("<") === order < 0;
  });
}

/** Below 0 when a is the older; missing parts are zeros. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const length = Math.max(left.length, right.length);
  const differences = Array.from({ length }, (_, i) => (left[i] ?? 0) - (right[i] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
