export type * from "./attention-call.ts";
export { counted, type CountedEngine } from "./counted.ts";
export type * from "./engine.ts";
export { installNative, type InstalledNative } from "./install-native.ts";
export { describeEngines, type EngineOptions, type EngineReport, loadEngine } from "./load-engine.ts";
export { measureMachinePeak, measurePeak } from "./measure-peak.ts";
export { commitFolder, committedFolders, privateFolder } from "./private-folder.ts";
