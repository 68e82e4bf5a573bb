import { experimentSchema, studySchema } from "@attention-lab/sweep";
import { Argument, Command } from "commander";
import { z } from "zod";
import { printJson } from "../output.ts";

const schemas = { study: studySchema, experiment: experimentSchema };

/** `attn schema`: JSON Schema of the files that `attn plan` reads, for editors. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of a study's or an experiment's file, for editors")
    .addArgument(new Argument("[what]", "whose").choices(Object.keys(schemas)).default("study"))
    .action((what: keyof typeof schemas) => printJson(z.toJSONSchema(schemas[what], { io: "input" })));
}
