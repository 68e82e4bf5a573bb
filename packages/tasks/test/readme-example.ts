import "@tensorflow/tfjs"; // registers a backend
import { asLanguage, copy, listOps, mobyDickText, phraseTranslation } from "@attention-lab/tasks";

const shared = { batchSize: 8, seed: 1 };
const book = mobyDickText({ ...shared, length: 64 });
const { inputs, targets } = book.batch(0); // int32 [8,64] each; targets are the inputs shifted by one
console.log(book.decode(await inputs.data()).length > 0, targets.shape, book.bytesPerToken);

const french = phraseTranslation(shared);
const { source, target } = french.example("training", 3);
console.log(french.decodeSource(source), "->", french.decode(target)); // the men are not students -> les hommes ne sont pas étudiants

const expressions = listOps({ ...shared, length: 24 });
console.log(expressions.decode(await expressions.batch(0).inputs.data()), expressions.chance.score); // ... 0.1

console.log(asLanguage(copy(shared)).kind); // language: source, begin, answer and end in one row
