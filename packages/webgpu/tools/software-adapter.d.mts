export function softwareAdapter(): Record<string, string> | undefined;
export function adapterForTests(): Record<string, string>;
