export { EventFile, type EventFileOptions } from "./event-file.ts";
