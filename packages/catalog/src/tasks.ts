/** One line per task. */
export { textTask } from "@attention-lab/tasks";
