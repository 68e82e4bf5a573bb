import { describe, expect, test } from "vitest";
import { chooseWheel } from "../src/install/wheel-choice.ts";

const x64 = { arch: "x86_64", glibc: "2.28" };
const wheel = (version: string, platform = "manylinux_2_17_x86_64", project = "nvidia_cublas_cu12"): string =>
  `${project}-${version}-py3-none-${platform}.whl`;

/** The name of the file that is chosen of these. */
function chosen(names: readonly string[], versions: string, machine = x64): string | undefined {
  const files = names.map((name) => ({ name, url: `https://index.example/${name}` }));
  return chooseWheel(files, { project: "nvidia-cublas-cu12", versions }, machine)?.name;
}

describe("the newest wheel that will do", () => {
  const names = ["12.5.3.2", "12.9.3.13", "12.10.1", "13.0.0.19", "12.4.5.8"].map((version) => wheel(version));

  test.each([
    ["<13.0,>=12.5.3.2", "12.10.1"],
    [">=12.5.3.2,<=12.9.3.13", "12.9.3.13"],
    [">12.5.3.2, <12.10", "12.9.3.13"],
    ["!=12.10.1,<13", "12.9.3.13"],
    ["==12.5.3.2", "12.5.3.2"],
    ["==13.0.0.19", "13.0.0.19"],
    ["<12.5", "12.4.5.8"],
  ])("%s is %s", (versions, version) => expect(chosen(names, versions)).toBe(wheel(version)));

  test.each(["==12.5", ">13.0.0.19", "<12", "~=12.5", "12.5.3.2", ""])("%j is met by none", (versions) =>
    expect(chosen(names, versions)).toBeUndefined(),
  );
});

describe("only what this machine can load", () => {
  test.each([
    ["win_amd64", false],
    ["manylinux_2_17_aarch64", false],
    ["musllinux_1_2_x86_64", false],
    ["manylinux2014_x86_64", true],
    ["manylinux2010_x86_64.manylinux_2_12_x86_64", true],
    ["manylinux_2_28_x86_64", true],
    ["manylinux_2_34_x86_64", false],
    ["manylinux_2_34_x86_64.manylinux_2_27_x86_64", true],
    ["any", false],
  ])("%s: %s", (platform, runs) => expect(chosen([wheel("12.6", platform)], ">=12") !== undefined).toBe(runs));

  test("an older one is taken where the newest asks for a newer C library", () =>
    expect(chosen([wheel("12.6"), wheel("12.8", "manylinux_2_35_x86_64")], ">=12")).toBe(wheel("12.6")));

  test("candidates for a release, source archives and other projects are none", () =>
    expect(
      chosen(
        [wheel("12.6rc1"), "nvidia-cublas-cu12-0.0.1.dev5.tar.gz", wheel("12.6", undefined, "nvidia_cublas")],
        ">=0",
      ),
    ).toBeUndefined());
});
