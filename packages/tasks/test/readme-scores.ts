import { bleu, exactMatch, trainBytePairs } from "@attention-lab/tasks";

const words = (text: string) => text.split(" ");
const { score } = bleu([words("the cat sat on a mat")], [[words("the cat sat on the mat")]]);
console.log((100 * score).toFixed(1)); // 53.7
console.log(exactMatch([[7, 8, 2]], [[7, 8, 2, -1]])); // 1: what is -1 in the target does not count

const vocabulary = trainBytePairs("low lower lowest, slow slower slowest", { size: 260 });
console.log(vocabulary.encode("slow"), vocabulary.decode(vocabulary.encode("any text"))); // fewer tokens than bytes; any text
