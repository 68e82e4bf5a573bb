// Lavapipe, Mesa's Vulkan driver for processors, from Debian 12's backports: it has shader-f16 and subgroups, which SwiftShader lacks or has in
// parts. Its packages are unpacked into a private folder (60 MB are downloaded, 200 MB kept): nothing is installed, and root is not needed.
// Wants apt-get, dpkg-deb and Debian's keyring; Linux x64 with glibc 2.36 or later.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const mirror = "http://deb.debian.org/debian";
const suite = "bookworm-backports";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** What every such machine has; another version of them would not fit the running node. */
const present = /^(libc6|libgcc-s1|libstdc|gcc-)/;
const wanted = (library) => /\.so(\.|$)/.test(library) && !/^libvulkan_(?!lvp)|^libVkLayer/.test(library);

/** Puts driver and libraries into a folder, whole or not at all. */
export function installLavapipe(folder) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`software adapter: linux-x64 only, got ${process.platform}-${process.arch}`);
  }
  const work = mkdtempSync(path.join(tmpdir(), "lavapipe-"));
  try {
    const root = path.join(work, "root");
    for (const archive of download(work)) execFileSync("dpkg-deb", ["-x", archive, root]);
    const ready = `${folder}.${process.pid}`;
    mkdirSync(ready, { recursive: true });
    for (const libraries of ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"])
      copyLibraries(path.join(root, libraries), ready);
    const driver = {
      file_format_version: "1.0.0",
      ICD: { api_version: "1.4.305", library_path: path.join(folder, "libvulkan_lvp.so") },
    };
    writeFileSync(path.join(ready, "icd.json"), JSON.stringify(driver));
    // A second installer may have been faster.
    rmSync(folder, { recursive: true, force: true });
    renameSync(ready, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(`${folder}.${process.pid}`, { recursive: true, force: true });
  }
}

/** Variables under which a new process finds it. LLVM's optimisation of each shader costs tests more than it gives. */
export function lavapipeVariables(folder) {
  const driver = path.join(folder, "icd.json");
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { LD_LIBRARY_PATH: libraries, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, GALLIVM_PERF: "nopt" };
}

/** The driver's package and all that it needs, chosen by an apt-get whose state is private. */
function download(work) {
  for (const folder of ["state/lists/partial", "cache/archives/partial", "archives"]) {
    mkdirSync(path.join(work, folder), { recursive: true });
  }
  const at = (name) => path.join(work, name);
  writeFileSync(at("status"), "");
  const line = (name) => `deb [signed-by=${keyring}] ${mirror} ${name} main\n`;
  writeFileSync(at("sources.list"), line("bookworm") + line(suite));
  const settings = {
    "Dir::State": at("state"),
    "Dir::State::status": at("status"),
    "Dir::Cache": at("cache"),
    "Dir::Etc::sourcelist": at("sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "",
    "APT::Architecture": "amd64",
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(at("apt.conf"), text.join(""));
  const apt = (...words) =>
    execFileSync("apt-get", words, {
      cwd: at("archives"),
      env: { ...process.env, APT_CONFIG: at("apt.conf") },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  apt("update", "-qq");
  const plan = apt("install", "--simulate", "--no-install-recommends", "-t", suite, "mesa-vulkan-drivers");
  const packages = [...plan.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`);
  apt("download", "-qq", ...packages.filter((name) => !present.test(name)));
  return readdirSync(at("archives")).map((name) => path.join(at("archives"), name));
}

function copyLibraries(from, to) {
  const found = readdirSync(from, { withFileTypes: true }).filter(
    (entry) => !entry.isDirectory() && wanted(entry.name),
  );
  for (const { name } of found) cpSync(path.join(from, name), path.join(to, name), { verbatimSymlinks: true });
}
