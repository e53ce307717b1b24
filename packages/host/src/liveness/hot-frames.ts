import { readableText } from "./readable-text.ts";

/** Where a process spends its time. */
export interface HotFrames {
  /** The functions of the author's with most time, the hottest first. */
  frames: readonly HotFrame[];
  /** Who called the hottest one, the nearest first. */
  callers: readonly Frame[];
  /** It does nothing most of the time: its event loop turns again. Nothing else is told then. */
  idle: boolean;
}

export interface Frame {
  name: string;
  /** `file:line:column` in the author's source. Of a caller, where the function begins. Absent for what has no source. */
  place?: string;
}

export interface HotFrame extends Frame {
  /** Of the time looked at: 0 to 1. */
  share: number;
  /** The function of Node's that it had called, where the time was spent there. */
  inside?: string;
}

/** What scripts were made of. Lines and columns of scripts count from 1. */
export interface Sources {
  /** `file:line:column` in the author's source. Without a column: the first thing on that line. */
  findPlace: (url: string, line: number, column: number | undefined) => string;
  /** The name of a function that has none of its own, by where it begins. */
  findName: (url: string, line: number, column: number) => string | undefined;
}

/** One function in one chain of callers. Source: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
export interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  hitCount?: number;
  children?: number[];
  positionTicks?: { line: number; ticks: number }[];
}

export interface HotFramesOptions {
  nodes: readonly ProfileNode[];
  sources: Sources;
  /** Scripts that tell authors nothing: the runner. */
  isOwn: (url: string) => boolean;
}

const MAX_FRAMES = 3;
const MAX_CALLERS = 2;
const MIN_SHARE = 0.05;

/** V8's names for what is no function. */
const ANONYMOUS = "(anonymous function)";
const V8_NAMES: Readonly<Record<string, string>> = {
  "": ANONYMOUS,
  "(garbage collector)": "garbage collection",
  "(program)": "native code",
};

interface Group {
  /** With the most time among those of this function. */
  node: ProfileNode;
  nodeHits: number;
  hits: number;
  lines: Map<number, number>;
  inside: Map<string, number>;
}

/**
 * Time spent in Node itself is counted for the function of the author's that called it: `readFileSync` in a loop is nothing
 * that its author could mend there.
 */
export function findHotFrames(options: HotFramesOptions): HotFrames {
  const { nodes } = options;
  const idle = nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)");
  const sum = (list: readonly ProfileNode[]): number => list.reduce((hits, node) => hits + (node.hitCount ?? 0), 0);
  const total = sum(nodes) - sum(idle);
  if (total <= sum(idle)) return { frames: [], callers: [], idle: true };
  const parents = findParents(nodes);
  const groups = new Map<string, Group>();
  for (const node of nodes) if (!idle.includes(node)) addToGroup(groups, pathToOwner(node, parents, options), options);
  const hottest = [...groups.values()]
    .filter(({ hits }) => hits / total >= MIN_SHARE)
    .sort((left, right) => right.hits - left.hits)
    .slice(0, MAX_FRAMES);
  const [first] = hottest;
  return {
    frames: hottest.map((group) => describeGroup(group, total, options)),
    callers: first === undefined ? [] : findCallers(first.node, parents, options),
    idle: false,
  };
}

function findParents(nodes: readonly ProfileNode[]): ReadonlyMap<number, ProfileNode> {
  const parents = new Map<number, ProfileNode>();
  for (const node of nodes) {
    // A tree: whoever already has a parent keeps it, so that no walk upwards runs in a circle.
    for (const child of node.children ?? []) if (child > node.id && !parents.has(child)) parents.set(child, node);
  }
  return parents;
}

function isAuthors({ callFrame: { url } }: ProfileNode, { isOwn }: HotFramesOptions): boolean {
  return url !== "" && !url.startsWith("node:") && !isOwn(url);
}

/** From the author's function down to where the time was spent; only that, where no author's function called it. */
function pathToOwner(
  node: ProfileNode,
  parents: ReadonlyMap<number, ProfileNode>,
  options: HotFramesOptions,
): ProfileNode[] {
  const path: ProfileNode[] = [];
  for (let at: ProfileNode | undefined = node; at !== undefined; at = parents.get(at.id)) {
    path.unshift(at);
    if (isAuthors(at, options)) return path;
  }
  return [node];
}

function addToGroup(groups: Map<string, Group>, path: readonly ProfileNode[], options: HotFramesOptions): void {
  const [owner, called] = path;
  const hits = path.at(-1)?.hitCount ?? 0;
  if (owner === undefined || hits === 0) return;
  const { functionName, url, lineNumber, columnNumber } = owner.callFrame;
  const key = `${functionName}\0${url}\0${lineNumber}\0${columnNumber}`;
  const group: Group = groups.get(key) ?? { node: owner, nodeHits: 0, hits: 0, lines: new Map(), inside: new Map() };
  groups.set(key, group);
  group.hits += hits;
  if (hits > group.nodeHits) Object.assign(group, { node: owner, nodeHits: hits });
  if (called !== undefined) add(group.inside, describeNode(called, options).name, hits);
  else for (const { line, ticks } of owner.positionTicks ?? []) add(group.lines, line, ticks);
}

function add<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function describeGroup({ node, hits, lines, inside }: Group, total: number, options: HotFramesOptions): HotFrame {
  const [line] = most(lines) ?? [];
  const [called, insideHits = 0] = most(inside) ?? [];
  const mostlyInside = called !== undefined && insideHits * 2 > hits;
  const frame = describeNode(node, options);
  const { url } = node.callFrame;
  const place = line === undefined || mostlyInside ? frame.place : options.sources.findPlace(url, line, undefined);
  return {
    share: hits / total,
    name: frame.name,
    ...(place === undefined ? {} : { place }),
    ...(mostlyInside ? { inside: called } : {}),
  };
}

function most<Key>(counts: ReadonlyMap<Key, number>): [Key, number] | undefined {
  return [...counts].sort(([, left], [, right]) => right - left)[0];
}

function findCallers(
  node: ProfileNode,
  parents: ReadonlyMap<number, ProfileNode>,
  options: HotFramesOptions,
): readonly Frame[] {
  const callers: Frame[] = [];
  let last = describeNode(node, options);
  for (let at = parents.get(node.id); at !== undefined && callers.length < MAX_CALLERS; at = parents.get(at.id)) {
    if (!isAuthors(at, options)) continue;
    const frame = describeNode(at, options);
    // A function that calls itself is told once.
    if (frame.name !== last.name || frame.place !== last.place) callers.push(frame);
    last = frame;
  }
  return callers;
}

function describeNode(node: ProfileNode, options: HotFramesOptions): Frame {
  const { functionName, url, lineNumber, columnNumber } = node.callFrame;
  if (!isAuthors(node, options)) return { name: V8_NAMES[functionName] ?? readableText(functionName) };
  const at = [url, lineNumber + 1, columnNumber + 1] as const;
  const name = functionName || (options.sources.findName(...at) ?? ANONYMOUS);
  return { name: readableText(name), place: options.sources.findPlace(...at) };
}
