import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { access, constants, type FileHandle, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Puts `text` in the place of a file's content in one step: whoever reads it sees the old or the new, whole, even after a crash. Mode
 * and owner stay. Directories are made.
 * @param file its real path: a symlink would be replaced by a file
 */
export async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const before = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  // A rename asks the directory only; who took away the right to write the file meant it.
  if (before !== undefined) await access(file, constants.W_OK);
  try {
    await replace(file, text, before);
  } catch (error) {
    // A directory that takes no new files, or a file that is a mount point: there is no other way to write it.
    if (before === undefined || !IN_PLACE_ONLY.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await writeFile(file, text);
  }
}

const IN_PLACE_ONLY = ["EACCES", "EPERM", "EBUSY", "EXDEV"];

async function replace(file: string, text: string, before: Stats | undefined): Promise<void> {
  // In the same directory: a rename does not cross file systems.
  const draft = join(dirname(file), `.tau-${randomUUID()}.tmp`);
  try {
    {
      await using handle = await open(draft, "wx");
      await handle.writeFile(text);
      if (before !== undefined) await likeBefore(handle, before);
      await handle.sync();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function likeBefore(handle: FileHandle, before: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid !== before.uid || gid !== before.gid) await handle.chown(before.uid, before.gid);
  // After chown, which takes set-user-id bits away.
  await handle.chmod(before.mode & 0o7777);
}
