import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { defineTask, textTask } from "@attention-lab/tasks";
import { invalid } from "@attention-lab/tensors";

/** Next-token prediction on the bytes or characters of a text file of one's own. */
export const textFile = defineTask({
  name: "text",
  kind: "language",
  summary: "the next byte or character of a text file",
  source: "the file",
  defaults: { file: "", sha256: "", length: 256, vocabulary: "byte" },
  make({ file, sha256, vocabulary, ...options }) {
    if (!existsSync(file)) throw invalid("text task", "file must be a file", file);
    if (vocabulary !== "byte" && vocabulary !== "character") {
      throw invalid("text task", 'vocabulary must be "byte" or "character"', vocabulary);
    }
    const text = readFileSync(file, "utf8");
    // A run names the text that it learns: another one under the same name would be another run.
    const found = createHash("sha256").update(text).digest("hex");
    if (sha256 !== "" && sha256 !== found) throw invalid("text task", `${file} must have sha256 ${sha256}`, found);
    return textTask({ ...options, name: "text", text, vocabulary });
  },
});
