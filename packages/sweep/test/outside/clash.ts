export { identity } from "@attention-lab/attention";
