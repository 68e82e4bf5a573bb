// node probe.cjs <folder> <path of @tensorflow/tfjs>: loads TensorFlow in a process of its own and computes a product, a gradient and
// the operations that are repaired. A library that loads may still die in its first product.
const [, , folder, tfjsPath] = process.argv;
const tfjs = require(tfjsPath);
const about = require(folder)(tfjs);

function expectValues(what, tensor, wanted) {
  const got = Array.from(tensor.dataSync());
  if (String(got) !== String(wanted)) throw new Error(`${what} must be ${wanted}, got ${String(got)}`);
}

tfjs.setBackend("tensorflow");
const x = tfjs.tensor2d([1, 2, 3, 4], [2, 2]);
const product = (a) => tfjs.matMul(a, a, false, true);
expectValues("a product", product(x), [5, 11, 11, 25]);
expectValues("a gradient", tfjs.grad((a) => tfjs.sum(product(a)))(x), [8, 12, 8, 12]);
expectValues("a rounded integer", tfjs.round(tfjs.tensor1d([7, -3], "int32")), [7, -3]);
console.log(JSON.stringify(about));
