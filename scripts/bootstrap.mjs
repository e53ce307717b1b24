// Makes a fresh or updated checkout ready to run: Node version, dependencies, build. Does nothing twice.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

requireNode(20, 19);
// Imported late, so that an old Node gets the sentence above and not a syntax error.
const { runStep, say } = await import("./run.mjs");
for (const folder of [root, ...exampleFolders()]) if (!isInstalled(folder)) install(folder);
await import("./build.mjs");
linkCommand();

function requireNode(major, minor) {
  const [actualMajor, actualMinor] = process.versions.node.split(".").map(Number);
  if (actualMajor > major || (actualMajor === major && actualMinor >= minor)) return;
  console.error(`tau needs Node ${major}.${minor} or newer; this is ${process.version}. See https://nodejs.org/`);
  process.exit(1);
}

function exampleFolders() {
  const examples = join(root, "examples");
  if (!existsSync(examples)) return [];
  const folders = readdirSync(examples).map((name) => join(examples, name));
  return folders.filter((folder) => existsSync(join(folder, "package-lock.json")));
}

/** Compares the lock file with the copy npm keeps of what it installed. */
function isInstalled(folder) {
  const wanted = lockedVersions(join(folder, "package-lock.json"));
  const installed = lockedVersions(join(folder, "node_modules/.package-lock.json"));
  if (!wanted || !installed) return false;
  const isCurrent = ([path, { version, optional }]) => optional || installed[path]?.version === version;
  return Object.entries(wanted).every(isCurrent) && Object.keys(installed).every((path) => path in wanted);
}

/** The entries of a lock file that stand for installed folders, by path; undefined without a readable file. */
function lockedVersions(file) {
  try {
    const { packages } = JSON.parse(readFileSync(file, "utf8"));
    return Object.fromEntries(Object.entries(packages).filter(([path]) => path.includes("node_modules/")));
  } catch {
    return undefined;
  }
}

function install(folder) {
  const name = relative(root, folder);
  say(`installing dependencies${name ? ` of ${name}` : ""} ...`);
  npm(["ci", "--include=dev", "--no-audit", "--no-fund"], folder);
}

/** npm leaves out a command whose file does not exist yet, and dist/bin.js is built after the installation. */
function linkCommand() {
  const isBuilt = existsSync(join(root, "packages/cli/dist/bin.js"));
  if (isBuilt && !existsSync(join(root, "node_modules/.bin/tau")))
    npm(["rebuild", "tau-cli", "--ignore-scripts"], root);
}

function npm(args, cwd) {
  const [command, ...before] = npmCommand();
  const shell = command === "npm" && process.platform === "win32";
  runStep(`npm ${args[0]}`, command, [...before, ...args], { cwd, shell });
}

/** The npm that runs this script if there is one: it needs no search in PATH, and no shell on Windows. */
function npmCommand() {
  const running = process.env.npm_execpath;
  return running && basename(running) === "npm-cli.js" ? [process.execPath, running] : ["npm"];
}
