/** Reading and writing folders, without anything that draws: what a process that runs trials loads, and quickly. */
export * from "./schema.ts";
export * from "./study-schema.ts";
export { canonicalJson } from "./canonical-json.ts";
export { trialId } from "./identity.ts";
export { relativeHalfWidth } from "./median-interval.ts";
export { machineDifferences, machineFingerprint } from "./machine.ts";
export { ResultsFolder, type OpenOptions } from "./folder.ts";
export { StudyFolder, type StudyStart } from "./study-folder.ts";
export {
  attemptFile,
  attemptFolder,
  attemptsOf,
  namesIn,
  readIfThere,
  readMeasurements,
  readTrialConfig,
  trialFile,
  trialStanding,
  type TrialStanding,
} from "./trial-files.ts";
export { median, medianAndQuartiles, quantile, type Interval } from "./statistics.ts";
export { trialState, type TrialState } from "./trial-state.ts";
export { fileTail, withoutEscapes, type FileTail } from "./file-tail.ts";
export { errorCode, onDisk, syncFolder, writeAll, writeAtomically } from "./disk.ts";
export { bootId, isProcessAlive, processStart } from "./process-identity.ts";
