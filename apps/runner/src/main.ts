#!/usr/bin/env node
import { leaveQuietlyWhenNobodyReads } from "./output.ts";
import { runProgram } from "./program.ts";

leaveQuietlyWhenNobodyReads();
process.exitCode = await runProgram(process.argv.slice(2));
