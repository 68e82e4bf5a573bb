import { parse } from "protobufjs";

/** The relevant part of tensorboard's plugins/hparams/plugin_data.proto, api.proto and google/protobuf/struct.proto, in their own words. */
const source = `
syntax = "proto3";
message Value {
  oneof kind { int32 null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; }
}
enum Status { STATUS_UNKNOWN = 0; STATUS_SUCCESS = 1; STATUS_FAILURE = 2; STATUS_RUNNING = 3; }
message SessionStartInfo {
  map<string, Value> hparams = 1;
  string model_uri = 2;
  string monitor_url = 3;
  string group_name = 4;
  double start_time_secs = 5;
}
message SessionEndInfo { Status status = 1; double end_time_secs = 2; }
message HParamsPluginData {
  int32 version = 1;
  oneof data { SessionStartInfo session_start_info = 3; SessionEndInfo session_end_info = 4; }
}`;

const PluginData = parse(source, { keepCase: true }).root.lookupType("HParamsPluginData");

/** What the HParams page reads of a summary's metadata. */
export function readPluginData(content: unknown): Record<string, unknown> {
  if (!(content instanceof Uint8Array)) throw new TypeError("bytes expected");
  return PluginData.toObject(PluginData.decode(content), { enums: String });
}
