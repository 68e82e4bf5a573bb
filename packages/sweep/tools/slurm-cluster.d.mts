export function missingSlurm(): string | undefined;
export function installSlurm(): string | undefined;
export function startCluster(dir: string, nodes: number): Promise<void>;
export function startDaemon(dir: string, name: string): void;
export function daemonPid(dir: string, name: string): number | undefined;
export function slurm(dir: string, command: string, ...args: string[]): string;
export function stopCluster(dir: string): void;
export function environment(dir: string): NodeJS.ProcessEnv;
