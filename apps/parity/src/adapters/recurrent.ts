import { stack, type Tensor, type Tensor2D, type Tensor3D, transpose } from "@tensorflow/tfjs-core";
import {
  type CellState,
  type CellName,
  lengthMask,
  Recurrent,
  type RecurrentOptions,
  timeSteps,
} from "@attention-lab/nn";
import { type Adapter, type Bound, program, type Tensors } from "../adapter.ts";
import { asStored, transposed } from "../bound.ts";
import { NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";

export const rnnAdapter: Adapter = (config, case_) => {
  const activation = config.text("nonlinearity") ?? "tanh";
  if (activation !== "tanh" && activation !== "relu") throw new NotCovered(`nonlinearity = ${activation}`);
  return torchRecurrent("rnn", { activation })(config, case_);
};

export const lstmAdapter: Adapter = (config, case_) => {
  config.expect("gate_order_of_rows", (order) => order === "i, f, g (cell candidate), o");
  return torchRecurrent("lstm", {})(config, case_);
};

export const gruAdapter: Adapter = (config, case_) => {
  config.expect("gate_order_of_rows", (order) => order === "r (reset), z (update), n (new)");
  config.expect("reset_convention", (words) =>
    String(words).startsWith("n = tanh(W_in x + b_in + r * (W_hn h + b_hn))"),
  );
  config.expect("update_convention", (words) => String(words).startsWith("h' = (1 - z) * n + z * h"));
  return torchRecurrent("gru", {})(config, case_);
};

/** torch.nn.RNN, LSTM or GRU with batch_first. */
function torchRecurrent(cell: CellName, choice: Pick<RecurrentOptions, "activation">): Adapter {
  return (config, case_) => {
    config.described("B", "N", "initial_state", "layout", "gate_order_of_rows");
    config.expect("dropout", (dropout) => dropout === 0);
    config.expect("batch_first", (first) => first === true);
    const direction = config.flag("bidirectional") ? "both" : "forward";
    const layer = new Recurrent({
      ...choice,
      name: case_.id,
      cell,
      inputs: config.number("input_size"),
      units: config.number("hidden_size"),
      layers: config.number("num_layers"),
      direction,
      dropout: 0,
      bias: config.flag("bias", true),
      seed: 0,
    });
    const lengths = case_.tensors["lengths"];
    const run = (tensors: Tensors): Tensors => {
      const x = tensors["x"] as Tensor3D;
      const initial = statesOf(tensors);
      const padding = lengths && lengthMask([...lengths.values], x.shape[1]);
      const { outputs, state } = layer.call(x, {
        ...(padding === undefined ? {} : { padding }),
        ...(initial === undefined ? {} : { initial }),
      });
      const memories = state.flatMap((each) => each.cell ?? []);
      return {
        output: outputs,
        h_n: stack(state.map((each) => each.hidden)),
        ...(memories.length === 0 ? {} : { c_n: stack(memories) }),
      };
    };
    return program(run, { bound: boundParameters(layer, case_) });
  };
}

/** h0, and c0 of an LSTM, [layers * directions, B, S] -> one state per layer and direction. */
function statesOf({ h0, c0 }: Tensors): CellState[] | undefined {
  if (h0 === undefined) return undefined;
  const memories = c0 && entries(c0);
  return entries(h0).map((hidden, index) => {
    const cell = memories?.[index];
    return cell === undefined ? { hidden } : { hidden, cell };
  });
}

/** [L,B,S] -> L of [B,S]. */
const entries = (state: Tensor): Tensor2D[] => timeSteps(transpose(state, [1, 0, 2]) as Tensor3D);

const shortNames = { ih: "input", hh: "recurrent" } as const;

/** `weight_ih_l0_reverse` [G*S,I] -> our `layers.0.backward.input.weight` [I,G*S]. */
function boundParameters(layer: Recurrent, { tensors }: GoldenCase): Record<string, Bound> {
  const parameters = layer.parameters();
  const named = Object.entries(tensors).filter(([, { role }]) => role === "parameter");
  return Object.fromEntries(
    named.map(([name]) => {
      const [, kind = "", side = "", index = "", reverse] =
        /^(weight|bias)_(ih|hh)_l(\d+)(_reverse)?$/.exec(name) ?? [];
      const way = layer.direction === "both" ? (reverse === undefined ? ".forward" : ".backward") : "";
      const variable = parameters[`layers.${index}${way}.${shortNames[side as "ih" | "hh"]}.${kind}`];
      const bound = kind === "weight" ? transposed(variable) : asStored(variable);
      if (bound === undefined) throw new NotCovered(`a parameter for ${name}`);
      return [name, bound];
    }),
  );
}
