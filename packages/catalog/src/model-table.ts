/** One kind of model's row of the list. */
export interface ModelRow {
  readonly model: string;
  readonly summary: string;
  readonly paper: string;
}

const rows: readonly ModelRow[] = [
  {
    model: "decoder-only",
    summary: "a Transformer that predicts the next token; GPT-2 and LLaMA weights can be imported",
    paper: "Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
  },
  {
    model: "encoder-only",
    summary: "a Transformer that reads both ways: masked tokens and classes; BERT weights can be imported",
    paper: "Devlin et al. 2019, BERT, https://arxiv.org/abs/1810.04805",
  },
  {
    model: "encoder-decoder",
    summary: "the original Transformer, from one sequence to another",
    paper: "Vaswani et al. 2017, Attention Is All You Need, https://arxiv.org/abs/1706.03762",
  },
  {
    model: "recurrent",
    summary: "RNN, LSTM or GRU encoder and decoder, with a fixed context or with attention",
    paper: "Sutskever et al. 2014, Sequence to Sequence Learning with Neural Networks, https://arxiv.org/abs/1409.3215",
  },
];

/** The kinds of models that any attention variant and position encoding plug into, as plain data; `attn list` prints it. */
export function modelTable(): readonly ModelRow[] {
  return rows;
}
