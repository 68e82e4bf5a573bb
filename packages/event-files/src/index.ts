export { EventFile, type EventFileOptions } from "./event-file.ts";
export type { Hyperparameter, RunStatus } from "./hyperparameters.ts";
export { MirroredEventFile, type MirroredEventFileOptions } from "./mirrored-event-file.ts";
