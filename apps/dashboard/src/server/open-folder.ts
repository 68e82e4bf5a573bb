import { StudyFolder } from "@attention-lab/results";
import type { TrialDetail } from "../trials.ts";
import type { Support } from "../support-table.ts";
import { costPage } from "./cost-page.ts";
import { folderVersion } from "./folder-version.ts";
import { studyFolderPage } from "./study-folder-page.ts";
import { studyTrialDetail } from "./study-trial.ts";

/** A folder whose page is made anew when the folder has changed. */
export interface LiveFolder {
  readonly dir: string;
  /** Changes when the folder does. */
  version(): string;
  page(): Promise<string>;
  /** What a trial opens to; undefined where there is none of this name, or the page has it all. */
  trial(id: string): TrialDetail | undefined;
}

export interface OpenFolderOptions {
  /** Another folder of the same kind, shown beside it. */
  readonly overlay?: string;
  /** The support rows of the variants that occur. */
  readonly support?: (variants: ReadonlySet<string>) => Support;
}

/** Looking and drawing take at most about this share of one core, for the sweep may be measuring on this machine. */
const SHARE = 0.05;

/**
 * Opens a folder of either kind for being watched.
 *
 * @throws Error when it is no results folder, RangeError when the overlay is of the other kind.
 */
export async function openFolder(dir: string, options: OpenFolderOptions = {}): Promise<LiveFolder> {
  const isStudy = StudyFolder.isStudy(dir);
  if (options.overlay !== undefined && StudyFolder.isStudy(options.overlay) !== isStudy)
    throw new RangeError(`serve: --overlay must be a folder of the same kind as ${dir}, got ${options.overlay}`);
  // eslint-disable-next-line typescript/require-await -- a study's page throws at once, a promise must reject
  const make = async (live: string): Promise<string> =>
    isStudy ? studyFolderPage(dir, { ...options, live }) : costPage(dir, live, options);
  const look = () => [dir, ...(options.overlay === undefined ? [] : [options.overlay])].map(folderVersion).join("-");

  let seen = look();
  let held = { version: seen, page: make(seen) };
  await held.page;
  let lookAgain = 0;
  const rest = (begun: number): void => void (lookAgain = performance.now() + (performance.now() - begun) / SHARE);
  return {
    dir,
    version() {
      const begun = performance.now();
      if (begun < lookAgain) return seen;
      seen = look();
      rest(begun);
      return seen;
    },
    page() {
      if (held.version !== seen) {
        const begun = performance.now();
        held = { version: seen, page: make(seen).finally(() => rest(begun)) };
      }
      return held.page;
    },
    trial(id) {
      if (!isStudy) return undefined;
      const folder = StudyFolder.open(dir);
      const planned = folder.trials().find((trial) => trial.id === id);
      return planned && studyTrialDetail(folder, planned);
    },
  };
}
