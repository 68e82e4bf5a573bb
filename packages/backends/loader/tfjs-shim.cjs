// tfjs-node's files ask for @tensorflow/tfjs and find this: the copy which index.cjs was called with.
module.exports = globalThis[Symbol.for("attention-lab.tfjs")];
