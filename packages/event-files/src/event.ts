import { bytesField, doubleField, floatField, joined, varintField } from "./protobuf.ts";

/** Numbers of the fields and values that are used here, of TensorFlow's core/util/event.proto and core/framework/summary.proto. */
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const summaryValue = { within: 1, tag: 1, simpleValue: 2 } as const;
const sessionLog = { status: 1, start: 1 } as const;

export interface When {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
}

/** The event that opens a file. */
export function versionEvent(wallTime: number): Uint8Array {
  return joined(doubleField(event.wallTime, wallTime), bytesField(event.fileVersion, "brain.Event:2"));
}

/**
 * A session starts: what earlier files of the folder say of this step and later ones is dropped by the reader. The first one that a reader sees is no
 * restart to it, so the first file of a run needs one as well.
 */
export function startEvent({ wallTime, step }: When): Uint8Array {
  const start = bytesField(event.sessionLog, varintField(sessionLog.status, sessionLog.start));
  return joined(doubleField(event.wallTime, wallTime), varintField(event.step, step), start);
}

/** Any summary of one step. */
export function summaryEvent({ wallTime, step }: When, summary: Uint8Array): Uint8Array {
  return joined(
    doubleField(event.wallTime, wallTime),
    varintField(event.step, step),
    bytesField(event.summary, summary),
  );
}

/** Scalars of one step by name; the format keeps them as float32. */
export function scalarsEvent(when: When, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([name, value]) =>
    bytesField(summaryValue.within, bytesField(summaryValue.tag, name), floatField(summaryValue.simpleValue, value)),
  );
  return summaryEvent(when, joined(...values));
}
