import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join, parse, resolve, sep } from "node:path";

/** A name in a directory. */
export interface Place {
  directory: string;
  name: string;
}

/** As many as Linux follows. Source: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const MAX_LINKS = 40;

/**
 * Where something has to change for a path to mean something else: every directory and link on the way, from the root down, and
 * last the file itself, or the first name that is missing. `enter` is called with each directory before it is looked into, so
 * that who starts watching there misses nothing. The root's own directories are taken to stay.
 */
export function placesOf(path: string, enter: (directory: string) => void): Place[] {
  const { root } = parse(resolve(path));
  const found = new Map<string, Place>();
  let names = namesOf(path);
  let directory = root;
  for (let links = 0; links <= MAX_LINKS;) {
    const [name, ...rest] = names;
    if (name === undefined) break;
    const next = join(directory, name);
    const isLasting = directory === root && rest.length > 0 && lookAt(next)?.isDirectory() === true;
    if (!isLasting) {
      enter(directory);
      found.set(next, { directory, name });
    }
    const info = lookAt(next);
    if (info?.isSymbolicLink() === true) {
      links += 1;
      names = [...namesOf(targetOf(next, directory)), ...rest];
      directory = root;
    } else if (info?.isDirectory() === true) {
      names = rest;
      directory = next;
    } else {
      break;
    }
  }
  return [...found.values()];
}

function namesOf(path: string): string[] {
  const absolute = resolve(path);
  return absolute.slice(parse(absolute).root.length).split(sep).filter(Boolean);
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Out of reach is as good as missing.
    return undefined;
  }
}

/** A link that is gone by now leads to itself: whoever replaced it is noticed. */
function targetOf(link: string, directory: string): string {
  try {
    return resolve(directory, readlinkSync(link));
  } catch {
    return link;
  }
}
