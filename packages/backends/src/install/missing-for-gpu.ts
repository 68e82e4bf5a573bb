/** Makes TensorFlow tell, on its standard error, which libraries it looked for in vain. */
export const tellMissingLibraries = { TF_CPP_MIN_LOG_LEVEL: "0", TF_CPP_VMODULE: "dso_loader=1" };

/**
 * What keeps a CUDA build from a GPU, of TensorFlow's log: the libraries that it could not load, else what CUDA answered. Without a driver
 * it stops looking after the first ones.
 */
export function missingForGpu(log: string): string {
  const names = new Set(Array.from(log.matchAll(/Could not load dynamic library '([^']+)'/g), ([, name = ""]) => name));
  const missing = Array.from(names, (name) => (name === driver ? `NVIDIA's driver (${driver})` : name));
  if (missing.length > 0) return `TensorFlow could not load ${missing.join(", ")}`;
  const answer = /failed call to cuInit: (.*)/.exec(log)?.[1];
  return answer === undefined ? "CUDA found no device" : `CUDA answered "${answer.trim()}"`;
}

const driver = "libcuda.so.1";
