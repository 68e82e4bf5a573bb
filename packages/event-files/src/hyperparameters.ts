import { bytesField, doubleField, floatField, joined, varintField } from "./protobuf.ts";

/** A hyper-parameter as TensorBoard's HParams page compares them: numbers by size, all else as text. */
export type Hyperparameter = number | boolean | string;
export type RunStatus = "success" | "failure" | "running";

/** Numbers of fields of tensorboard's plugins/hparams/plugin_data.proto, api.proto and google/protobuf/struct.proto. */
const pluginData = { version: 1, sessionStart: 3, sessionEnd: 4 } as const;
const sessionStart = { hparams: 1, startTime: 5 } as const;
const sessionEnd = { status: 1, endTime: 2 } as const;
const entry = { key: 1, value: 2 } as const;
const value = { number: 2, text: 3, truth: 4 } as const;
const statuses: Readonly<Record<RunStatus, number>> = { success: 1, failure: 2, running: 3 };

/** And of core/framework/summary.proto, tensor.proto and tensor_shape.proto. */
const summaryValue = { within: 1, tag: 1, tensor: 8, metadata: 9 } as const;
const metadata = { pluginData: 1, pluginName: 1, content: 2 } as const;
const tensor = { type: 1, shape: 2, floats: 5, dimension: 2, size: 1, float32: 1 } as const;

/** The page finds a run's parameters under these tags. */
const tags = { start: "_hparams_/session_start_info", end: "_hparams_/session_end_info" } as const;

/** A summary that tells the parameters of a run; `startTime` in seconds since 1970. */
export function startSummary(parameters: Readonly<Record<string, Hyperparameter>>, startTime: number): Uint8Array {
  const entries = Object.entries(parameters).map(([name, one]) =>
    bytesField(sessionStart.hparams, bytesField(entry.key, name), bytesField(entry.value, valueOf(one))),
  );
  const content = joined(...entries, doubleField(sessionStart.startTime, startTime));
  return pluginSummary(tags.start, pluginData.sessionStart, content);
}

/** A summary that tells how a run has ended. */
export function endSummary(status: RunStatus, endTime: number): Uint8Array {
  const content = joined(varintField(sessionEnd.status, statuses[status]), doubleField(sessionEnd.endTime, endTime));
  return pluginSummary(tags.end, pluginData.sessionEnd, content);
}

function valueOf(parameter: Hyperparameter): Uint8Array {
  switch (typeof parameter) {
    case "number":
      return doubleField(value.number, parameter);
    case "boolean":
      return varintField(value.truth, parameter ? 1 : 0);
    default:
      return bytesField(value.text, parameter);
  }
}

/** What the plugin reads is in the metadata; readers want a tensor beside it, so there is one zero. */
function pluginSummary(tag: string, kind: number, content: Uint8Array): Uint8Array {
  const data = joined(varintField(pluginData.version, 0), bytesField(kind, content));
  const plugin = bytesField(
    metadata.pluginData,
    bytesField(metadata.pluginName, "hparams"),
    bytesField(metadata.content, data),
  );
  const shape = bytesField(tensor.shape, bytesField(tensor.dimension, varintField(tensor.size, 1)));
  const zero = joined(varintField(tensor.type, tensor.float32), shape, floatField(tensor.floats, 0));
  return bytesField(
    summaryValue.within,
    bytesField(summaryValue.tag, tag),
    bytesField(summaryValue.tensor, zero),
    bytesField(summaryValue.metadata, plugin),
  );
}
