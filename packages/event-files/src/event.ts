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

/** A run begins again: what earlier files of the folder say of this step and later ones is dropped by the reader. */
export function restartEvent({ wallTime, step }: When): Uint8Array {
  const start = bytesField(event.sessionLog, varintField(sessionLog.status, sessionLog.start));
  return joined(doubleField(event.wallTime, wallTime), varintField(event.step, step), start);
}

/** Scalars of one step by name; the format keeps them as float32. */
export function scalarsEvent({ wallTime, step }: When, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([name, value]) =>
    bytesField(summaryValue.within, bytesField(summaryValue.tag, name), floatField(summaryValue.simpleValue, value)),
  );
  return joined(
    doubleField(event.wallTime, wallTime),
    varintField(event.step, step),
    bytesField(event.summary, ...values),
  );
}
