import { parse } from "protobufjs";

/** The relevant part of TensorFlow's core/util/event.proto and core/framework/summary.proto, in their own words. */
const source = `
syntax = "proto3";
message Summary {
  message Value { string tag = 1; oneof value { float simple_value = 2; } }
  repeated Value value = 1;
}
message SessionLog {
  enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
  SessionStatus status = 1;
  string checkpoint_path = 2;
  string msg = 3;
}
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; SessionLog session_log = 7; }
}`;

const Event = parse(source, { keepCase: true }).root.lookupType("Event");

/** An event as protobufjs reads it: a plain object, absent fields left out. */
export function readEvent(bytes: Uint8Array): Record<string, unknown> {
  return Event.toObject(Event.decode(bytes), { longs: Number, enums: String });
}
