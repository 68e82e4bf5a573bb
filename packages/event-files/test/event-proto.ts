import { parse } from "protobufjs";

/** The relevant part of TensorFlow's core/util/event.proto and core/framework/summary.proto, tensor.proto and tensor_shape.proto, in their own words. */
const source = `
syntax = "proto3";
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated float float_val = 5; }
message SummaryMetadata {
  message PluginData { string plugin_name = 1; bytes content = 2; }
  PluginData plugin_data = 1;
}
message Summary {
  message Value {
    string tag = 1;
    SummaryMetadata metadata = 9;
    oneof value { float simple_value = 2; TensorProto tensor = 8; }
  }
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
