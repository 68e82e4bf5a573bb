import { closeSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { errorCode, onDisk } from "./disk.ts";
import { isProcessAlive, processStart } from "./process-identity.ts";

/** One claim: a file `runner-<pid>.<host>.lock` that only its owner, or whoever finds the owner dead, removes. */
interface Claim {
  readonly file: string;
  readonly pid: number;
  readonly host: string;
}

const CLAIM = /^runner-(\d+)\.(.+)\.lock$/;
const ATTEMPTS = 8;

/** Claims of this very process: one found on the disk but not here is left from a dead process of the same number. */
const held = new Set<string>();

/**
 * Claims a folder for this process. Every runner first writes a claim of its own and then looks for others: of two that
 * start together at least one sees the other, so never do both believe they are alone (Dekker's idea). A claim carries
 * its owner in its name, so removing a dead one can never remove a live one's.
 *
 * @returns a function that gives the folder back.
 * @throws Error naming the process that holds the folder, and what to do.
 */
export function claimFolder(folder: string): () => void {
  for (let attempt = 1; ; attempt++) {
    const mine = join(folder, `runner-${process.pid}.${hostname()}.lock`);
    writeClaim(mine);
    const other = otherClaims(folder, mine).find(isHeld);
    if (other === undefined) return () => giveBack(mine);
    giveBack(mine);
    if (attempt === ATTEMPTS) throw refusal(folder, other);
    pause(attempt);
  }
}

function giveBack(path: string): void {
  held.delete(path);
  rmSync(path, { force: true });
}

function writeClaim(path: string): void {
  onDisk("lock", path, () => {
    let file: number;
    try {
      file = openSync(path, "wx");
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if (held.has(path)) throw new Error(`results folder: this process already holds ${path}`);
      rmSync(path, { force: true }); // left by a dead process whose number is now ours
      file = openSync(path, "wx");
    }
    try {
      writeFileSync(file, processStart(process.pid));
      held.add(path);
    } catch (error) {
      rmSync(path, { force: true }); // an empty claim, as on a full disk, would look like one that is being made
      throw error;
    } finally {
      closeSync(file);
    }
  });
}

function otherClaims(folder: string, mine: string): Claim[] {
  const claims: Claim[] = [];
  for (const name of readdirSync(folder)) {
    const [, pid, host] = CLAIM.exec(name) ?? [];
    const file = join(folder, name);
    if (pid !== undefined && host !== undefined && file !== mine) claims.push({ file, pid: Number(pid), host });
  }
  return claims;
}

/** Whether a claim's owner may still be running; the claim of a dead one is swept away. */
function isHeld(claim: Claim): boolean {
  if (claim.host !== hostname()) return true; // cannot be looked up from here
  if (isProcessAlive(claim.pid)) {
    const start = readStart(claim.file);
    // A claim is empty for the moment between its making and its filling.
    if (start === "" || start === processStart(claim.pid)) return true;
  }
  rmSync(claim.file, { force: true });
  return false;
}

function readStart(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function refusal(folder: string, { pid, host, file }: Claim): Error {
  const who = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  const advice =
    host === hostname()
      ? "wait for it or stop it, or choose another folder"
      : `wait for it, or delete ${file} if it has ended`;
  return new Error(`results folder: ${folder} is in use by ${who}; ${advice}`);
}

/** Waits a little, longer for larger process numbers, so that two runners that met do not meet again in step. */
function pause(attempt: number): void {
  const milliseconds = attempt * 5 + (process.pid % 17) * 3;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
