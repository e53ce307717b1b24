import { TauError } from "tau-protocol";

/** Why a directory can't be watched, and what to do about it. */
export function watchError(directory: string, error: NodeJS.ErrnoException): TauError {
  const code = error.code ?? error.message;
  const text = `${directory} can't be watched for changes: ${REASONS[code] ?? code}. Until then, reload by hand.`;
  return new TauError("watch-failed", text, { executed: "no", cause: error });
}

/** Source: https://man7.org/linux/man-pages/man7/inotify.7.html */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC:
    "all watches of this user are in use (ENOSPC). Close other programs that watch files, or allow more: " +
    "sudo sysctl fs.inotify.max_user_watches=524288",
  EMFILE:
    "too many files or watchers are open (EMFILE). Close other programs that watch files, or allow more: " +
    "sudo sysctl fs.inotify.max_user_instances=512, ulimit -n 4096",
  ENFILE: "the system has too many files open (ENFILE). Close other programs",
  EACCES: "permission denied (EACCES). Make it readable: chmod u+r",
};
