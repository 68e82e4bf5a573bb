export function softwareAdapter(): Record<string, string> | undefined;
export function installSoftwareAdapter(): void;
